"""What commands share: options, printing, progress, ending early."""
