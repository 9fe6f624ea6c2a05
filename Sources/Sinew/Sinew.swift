// Everything a program that uses Sinew needs, under one name: `import Sinew`.
@_exported import SinewDatasets
@_exported import SinewEnvironments
@_exported import SinewEvaluation
@_exported import SinewFiles
@_exported import SinewLearners
@_exported import SinewMeasurement
@_exported import SinewPhysics
@_exported import SinewPolicies
@_exported import SinewRendering
@_exported import SinewSettings
@_exported import SinewSteering
@_exported import SinewTensor
@_exported import SinewTraining
