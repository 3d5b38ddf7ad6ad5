"""What works beside the screen: threads that own a model or a draft and answer."""
