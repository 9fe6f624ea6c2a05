// Everything a program that uses Sinew needs, under one name: `import Sinew`. The command line brings the layers with
// it.
@_exported import SinewCommandLine
