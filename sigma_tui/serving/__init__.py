"""The app in a browser: who may connect, and the server that starts an app for them."""
