/**
 * A product and its sum. A binary built with relaxed SIMD rounds once (fused multiply-add), the others twice; which one
 * runs is settled before anything is compiled, so every kernel of a program rounds alike.
 */

/** sum + a b */
@inline
export function plusProduct(sum: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));
}

/** sum - a b */
@inline
export function minusProduct(sum: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, sum) : f32x4.sub(sum, f32x4.mul(a, b));
}
