/**
 * Winograd's way through a 3x3 convolution of stride 1, F(4x4, 3x3) (Lavin and Gray 2016): 4x4 results at a time come
 * from 6x6 windows with 36 products a pair of channels instead of 144. With B^T, G and A^T as below,
 *
 *   y = A^T [(G g G^T) * (B^T d B)] A        and its gradient in g:  G^T [(A dy A^T) * (B^T d B)] G
 *
 * where * is entry by entry, and sums over channels (or tiles) happen between the brackets, as 36 matrix products. The
 * polynomials are taken at 0, +-3/4, +-3/2 and infinity: exact in binary, and three times as accurate in float32 as the
 * usual 0, +-1, +-2 and infinity. This file has the transforms.
 */
import { minusProduct, plusProduct } from "./product";

/** The points, their squares and cubes, the squares' sum and product. */
const A: f32 = 0.75;
const B: f32 = 1.5;
const AA: f32 = A * A;
const BB: f32 = B * B;
const SUM: f32 = AA + BB;
const PRODUCT: f32 = AA * BB;

/** 1 over the product of a point's distances to the other points. */
const AT_ZERO: f32 = 1 / PRODUCT;
const AT_A: f32 = 1 / (2 * AA * (AA - BB));
const AT_B: f32 = 1 / (2 * BB * (BB - AA));

/** In memory, because V8 makes a vector constant anew, word by word, wherever it is used; a load costs nothing. */
const FACTORS = memory.data<f32>([A, B, AA, BB, SUM, PRODUCT, A * AA, B * BB, AT_ZERO, AT_A, AT_B, A * AT_A, B * AT_B]);

enum Factor {
  A,
  B,
  AA,
  BB,
  Sum,
  Product,
  AAA,
  BBB,
  AtZero,
  AtA,
  AtB,
  AAtA,
  BAtB,
}

function factor(which: Factor): v128 {
  return v128.load32_splat(FACTORS + (<usize>which << 2));
}

/*
 * Each function applies its matrix to `lines` lines of vectors: entries of a line lie `apart` bytes from one another, the
 * next line begins `next` bytes further on; the same with `to` for the results.
 */

/** B^T: 6 entries of a window to 6. */
export function windowLines(from: usize, apart: usize, next: usize, to: usize, toApart: usize, toNext: usize, lines: i32): void {
  const a = factor(Factor.A);
  const b = factor(Factor.B);
  const aa = factor(Factor.AA);
  const bb = factor(Factor.BB);
  const sum = factor(Factor.Sum);
  const product = factor(Factor.Product);
  for (; lines > 0; lines--, from += next, to += toNext) {
    const d0 = v128.load(from);
    const d1 = v128.load(from + apart);
    const d2 = v128.load(from + 2 * apart);
    const d3 = v128.load(from + 3 * apart);
    const d4 = v128.load(from + 4 * apart);
    const d5 = v128.load(from + 5 * apart);
    const evenA = minusProduct(d4, d2, bb);
    const oddA = minusProduct(d3, d1, bb);
    const evenB = minusProduct(d4, d2, aa);
    const oddB = minusProduct(d3, d1, aa);
    v128.store(to, f32x4.add(minusProduct(f32x4.mul(d0, product), d2, sum), d4));
    v128.store(to + toApart, plusProduct(evenA, oddA, a));
    v128.store(to + 2 * toApart, minusProduct(evenA, oddA, a));
    v128.store(to + 3 * toApart, plusProduct(evenB, oddB, b));
    v128.store(to + 4 * toApart, minusProduct(evenB, oddB, b));
    v128.store(to + 5 * toApart, f32x4.add(minusProduct(f32x4.mul(d1, product), d3, sum), d5));
  }
}

/** A^T: 6 sums to 4 results. */
export function resultLines(from: usize, apart: usize, next: usize, to: usize, toApart: usize, toNext: usize, lines: i32): void {
  const a = factor(Factor.A);
  const b = factor(Factor.B);
  const aa = factor(Factor.AA);
  const bb = factor(Factor.BB);
  const aaa = factor(Factor.AAA);
  const bbb = factor(Factor.BBB);
  for (; lines > 0; lines--, from += next, to += toNext) {
    const m1 = v128.load(from + apart);
    const m2 = v128.load(from + 2 * apart);
    const m3 = v128.load(from + 3 * apart);
    const m4 = v128.load(from + 4 * apart);
    const evenA = f32x4.add(m1, m2);
    const oddA = f32x4.sub(m1, m2);
    const evenB = f32x4.add(m3, m4);
    const oddB = f32x4.sub(m3, m4);
    v128.store(to, f32x4.add(v128.load(from), f32x4.add(evenA, evenB)));
    v128.store(to + toApart, plusProduct(f32x4.mul(oddA, a), oddB, b));
    v128.store(to + 2 * toApart, plusProduct(f32x4.mul(evenA, aa), evenB, bb));
    v128.store(to + 3 * toApart, f32x4.add(v128.load(from + 5 * apart), plusProduct(f32x4.mul(oddA, aaa), oddB, bbb)));
  }
}

/** A: 4 gradients of results to 6. */
export function gradientLines(from: usize, apart: usize, next: usize, to: usize, toApart: usize, toNext: usize, lines: i32): void {
  const a = factor(Factor.A);
  const b = factor(Factor.B);
  const aa = factor(Factor.AA);
  const bb = factor(Factor.BB);
  for (; lines > 0; lines--, from += next, to += toNext) {
    const y0 = v128.load(from);
    const y1 = v128.load(from + apart);
    const y2 = v128.load(from + 2 * apart);
    const y3 = v128.load(from + 3 * apart);
    const evenA = plusProduct(y0, y2, aa);
    const oddA = plusProduct(y1, y3, aa);
    const evenB = plusProduct(y0, y2, bb);
    const oddB = plusProduct(y1, y3, bb);
    v128.store(to, y0);
    v128.store(to + toApart, plusProduct(evenA, oddA, a));
    v128.store(to + 2 * toApart, minusProduct(evenA, oddA, a));
    v128.store(to + 3 * toApart, plusProduct(evenB, oddB, b));
    v128.store(to + 4 * toApart, minusProduct(evenB, oddB, b));
    v128.store(to + 5 * toApart, y3);
  }
}

/** G: 3 weights to 6. */
export function weightLines(from: usize, apart: usize, next: usize, to: usize, toApart: usize, toNext: usize, lines: i32): void {
  const aa = factor(Factor.AA);
  const bb = factor(Factor.BB);
  const atZero = factor(Factor.AtZero);
  const atA = factor(Factor.AtA);
  const atB = factor(Factor.AtB);
  const aAtA = factor(Factor.AAtA);
  const bAtB = factor(Factor.BAtB);
  for (; lines > 0; lines--, from += next, to += toNext) {
    const g0 = v128.load(from);
    const g1 = v128.load(from + apart);
    const g2 = v128.load(from + 2 * apart);
    const evenA = f32x4.mul(plusProduct(g0, g2, aa), atA);
    const oddA = f32x4.mul(g1, aAtA);
    const evenB = f32x4.mul(plusProduct(g0, g2, bb), atB);
    const oddB = f32x4.mul(g1, bAtB);
    v128.store(to, f32x4.mul(g0, atZero));
    v128.store(to + toApart, f32x4.add(evenA, oddA));
    v128.store(to + 2 * toApart, f32x4.sub(evenA, oddA));
    v128.store(to + 3 * toApart, f32x4.add(evenB, oddB));
    v128.store(to + 4 * toApart, f32x4.sub(evenB, oddB));
    v128.store(to + 5 * toApart, g2);
  }
}

/** G^T: 6 sums to the gradients of 3 weights. */
export function weightGradientLines(from: usize, apart: usize, next: usize, to: usize, toApart: usize, toNext: usize, lines: i32): void {
  const aa = factor(Factor.AA);
  const bb = factor(Factor.BB);
  const atZero = factor(Factor.AtZero);
  const atA = factor(Factor.AtA);
  const atB = factor(Factor.AtB);
  const aAtA = factor(Factor.AAtA);
  const bAtB = factor(Factor.BAtB);
  for (; lines > 0; lines--, from += next, to += toNext) {
    const m1 = v128.load(from + apart);
    const m2 = v128.load(from + 2 * apart);
    const m3 = v128.load(from + 3 * apart);
    const m4 = v128.load(from + 4 * apart);
    const evenA = f32x4.mul(f32x4.add(m1, m2), atA);
    const oddA = f32x4.mul(f32x4.sub(m1, m2), aAtA);
    const evenB = f32x4.mul(f32x4.add(m3, m4), atB);
    const oddB = f32x4.mul(f32x4.sub(m3, m4), bAtB);
    v128.store(to, plusProduct(f32x4.add(evenA, evenB), v128.load(from), atZero));
    v128.store(to + toApart, f32x4.add(oddA, oddB));
    v128.store(to + 2 * toApart, f32x4.add(v128.load(from + 5 * apart), plusProduct(f32x4.mul(evenA, aa), evenB, bb)));
  }
}
