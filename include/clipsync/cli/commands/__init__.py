"""The commands, one module each; every module has one function of the command's name."""
