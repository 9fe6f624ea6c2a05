// All kernels for one instruction set. The including file defines SINEW_SET (the namespace), renames Eigen, and raises
// the instruction set; the copies share nothing that the linker could merge.
#include "vector.inc.h"
#include "unary.inc.h"
#include "strided.inc.h"
#include "reduce.inc.h"
#include "normalise.inc.h"
#include "product.inc.h"
#include "tile.inc.h"
#include "matmul.inc.h"
#include "convolution.inc.h"
#include "convolution_gradients.inc.h"
#include "random.inc.h"
#include "gaussian.inc.h"
#include "distribution.inc.h"
#include "optimise.inc.h"
#include "movement.inc.h"

namespace sinew {
namespace SINEW_SET {

/// In the order of sinew_operation.
static const Operation operations[SINEW_OPERATION_COUNT] = {
    {fillCut, fill, nullptr},
    {unaryCut, unary, nullptr},
    {unaryCut, unaryGradient, nullptr},
    {stridedCut, binary, nullptr},
    {stridedCut, select, nullptr},
    {stridedCut, copy, nullptr},
    {reduceCut, reduce, reduceWorkspace},
    {extremumGradientCut, extremumGradient, nullptr},
    {matmulCut, matmul, matmulWorkspace},
    {softmaxCut, softmax, nullptr},
    {softmaxCut, softmaxGradient, nullptr},
    {softmaxCut, logSumExp, nullptr},
    {layerNormCut, layerNorm, nullptr},
    {layerNormCut, layerNormGradient, nullptr},
    {layerNormParameterCut, layerNormParameterGradient, nullptr},
    {randomCut, randomUniform, nullptr},
    {randomCut, randomNormal, nullptr},
    {gaussianCut, squashedGaussian, nullptr},
    {gaussianCut, squashedGaussianGradient, nullptr},
    {flatCut, adam, nullptr},
    {singleCut, adamAdvance, nullptr},
    {flatCut, polyak, nullptr},
    {clipScaleCut, clipScale, clipScaleWorkspace},
    {gatherCut, gather, nullptr},
    {scatterAddCut, scatterAdd, nullptr},
    {windowsCut, imageToColumns, nullptr},
    {windowsCut, columnsToImage, nullptr},
    convolutionOperation<Forward<FloatPixels>>,
    convolutionOperation<ByImages<FloatPixels>>,
    convolutionOperation<ByWeights<FloatPixels>>,
    {layerNormParameterCut, batchStatistics, nullptr},
    {layerNormParameterCut, batchNorm, nullptr},
    {layerNormParameterCut, batchNormParameterGradient, nullptr},
    {layerNormParameterCut, batchNormGradient, nullptr},
    {quantileHuberCut, quantileHuber, nullptr},
    {quantileHuberCut, quantileHuberGradient, nullptr},
    {projectionCut, categoricalProjection, nullptr},
};

}  // namespace SINEW_SET
}  // namespace sinew
