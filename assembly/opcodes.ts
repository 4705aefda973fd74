/** What a command can ask for. Exported to JavaScript as globals (`Opcode.Map`), so that the numbers live here alone. */
export enum Opcode {
  Copy,
  Fill,
  Pad,
  Map,
  Affine,
  Zip,
  Reduce,
  ArgMinimum,
  Transpose,
  Pack,
  Tile,
  WeightTile,
  WeightSum,
  SquaredDistances,
  Pick,
  Scatter,
  Sample,
  MaxPool,
  MaxPoolPull,
  AveragePool,
  AveragePoolPull,
  BatchMoments,
  BatchCombine,
  ChannelAffine,
  BatchPullSums,
  BatchPullCombine,
  BatchPullApply,
  AddRelu,
  ReluPull,
  Adam,
}

export enum MapOp {
  Negate,
  Absolute,
  Sign,
  Square,
  SquareRoot,
  Reciprocal,
  ReciprocalOrZero,
  Exponential,
  Logarithm,
  Relu,
  Positive,
}

export enum ZipOp {
  Add,
  Subtract,
  Multiply,
  Divide,
  Maximum,
  Minimum,
  Less,
  Equal,
}

export enum ReduceOp {
  Sum,
  Maximum,
  Minimum,
}
