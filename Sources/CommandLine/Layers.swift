// What every file here works with: the layers below.
@_exported import SinewDatasets
@_exported import SinewEnvironments
@_exported import SinewEvaluation
@_exported import SinewFiles
@_exported import SinewGymnasium
@_exported import SinewLearners
@_exported import SinewMeasurement
@_exported import SinewPhysics
@_exported import SinewPolicies
@_exported import SinewRendering
@_exported import SinewSettings
@_exported import SinewSteering
@_exported import SinewTensor
@_exported import SinewTraining
@_exported import SinewTuning
@_exported import SinewWatching
