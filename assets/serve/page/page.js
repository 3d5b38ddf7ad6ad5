// The terminal takes keys at once, without a click into it.
const waiting = setInterval(() => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    keys.focus();
    clearInterval(waiting);
  }
}, 100);
