//! Conjugate gradients for the equations of a Newton step, all neurons at once: they share every product with K.
//!
//! Where the gradient is `K r`, `r = lambda alpha - t p`, and the Hessian `K D K + lambda K`, a Newton step is a solution
//! of `(lambda / D + K) step = -r / D`. That matrix is symmetric and, unlike the Hessian, has K in it only once. Its
//! diagonal, the preconditioner, is `lambda / D + K(x, x)`.

use super::panel::{Arithmetic, PanelRows, Panels, total};

/// Most iterations for one Newton step.
const ITERATIONS: u32 = 200;

/// `sum f(a, b, c)` over the entries, added in double precision and in a fixed order.
pub(super) fn sum_of<T: Arithmetic>(a: &[T], b: &[T], c: &[T], f: impl Fn(T, T, T) -> T) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (a, last_a) = a.as_chunks::<LANES>();
    let (b, last_b) = b.as_chunks::<LANES>();
    let (c, last_c) = c.as_chunks::<LANES>();
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        for lane in 0..LANES {
            sums[lane] += f(a[lane], b[lane], c[lane]).widen();
        }
    }
    let last = last_a.iter().zip(last_b).zip(last_c).map(|((&a, &b), &c)| f(a, b, c).widen());
    sums.iter().sum::<f64>() + last.sum::<f64>()
}

/// What conjugate gradients need to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Equations<T> {
    pub(super) lambda: T,
    /// `K(x, x)`.
    pub(super) diagonal: T,
    /// Stop once the residual in the norm of the preconditioner is below this share of the first.
    pub(super) reduction: f64,
    /// Or once the sum of `r^2 / D` that is left is below this.
    pub(super) enough: f64,
}

impl<T: Arithmetic> Equations<T> {
    /// The residual over the preconditioner, into `product`; returns residual times that and the sum of `r^2 / D`, by
    /// neuron.
    fn precondition(self, block: &mut PanelRows<T>) -> Vec<[f64; 2]> {
        let inputs = block.residual.iter().zip(&block.curvature);
        for (out, (&e, &d)) in block.product.iter_mut().zip(inputs) {
            *out = e * d / (self.lambda + d * self.diagonal);
        }
        let columns = block.residual.chunks_exact(block.rows).zip(block.product.chunks_exact(block.rows));
        let columns = columns.zip(block.curvature.chunks_exact(block.rows));
        columns
            .map(|((e, y), d)| [sum_of(e, y, y, |e, y, _| e * y), sum_of(e, e, d, |e, _, d| e * e * d)])
            .collect()
    }

    /// `direction' (lambda / D + K) direction` by neuron, `product = K direction`.
    fn curvatures(self, block: &PanelRows<T>) -> Vec<[f64; 1]> {
        let columns = block.direction.chunks_exact(block.rows).zip(block.product.chunks_exact(block.rows));
        let columns = columns.zip(block.curvature.chunks_exact(block.rows));
        columns.map(|((q, kq), d)| [sum_of(q, kq, d, |q, kq, d| q * (self.lambda * q / d + kq))]).collect()
    }

    /// Moves the step and the residual along the direction, by `length` of each neuron.
    fn advance(self, block: &mut PanelRows<T>, lengths: &[T]) {
        let rows = block.rows;
        for (i, &length) in lengths.iter().enumerate() {
            let column = i * rows..(i + 1) * rows;
            let (q, kq) = (&block.direction[column.clone()], &block.product[column.clone()]);
            let (d, e) = (&block.curvature[column.clone()], &mut block.residual[column.clone()]);
            let (step, fields_step) =
                (&mut block.step[column.clone()], &mut block.fields_step[column.clone()]);
            let outputs = step.iter_mut().zip(fields_step).zip(e);
            for (((step, fields), e), ((&q, &kq), &d)) in outputs.zip(q.iter().zip(kq).zip(d)) {
                *step += length * q;
                *fields += length * kq;
                *e -= length * (self.lambda * q / d + kq);
            }
        }
    }

    /// `direction = product + share direction`, with the share of each neuron.
    fn turn(block: &mut PanelRows<T>, shares: &[T]) {
        let rows = block.rows;
        let columns = block.direction.chunks_exact_mut(rows).zip(block.product.chunks_exact(rows));
        for ((direction, product), &share) in columns.zip(shares) {
            for (q, &y) in direction.iter_mut().zip(product) {
                *q = y + share * *q;
            }
        }
    }

    /// Solves for the step from 0, the right-hand side being in `residual`. `first` sees each block after the first
    /// product. Returns the products made.
    pub(super) fn solve<R: Send>(
        self,
        panels: &mut Panels<'_, T>,
        first: impl Fn(&PanelRows<T>) -> R + Sync,
    ) -> (u32, Vec<R>) {
        let start = panels.each(|block| {
            block.step.fill(T::zero());
            block.fields_step.fill(T::zero());
            let sums = self.precondition(block);
            block.direction.copy_from_slice(&block.product);
            sums
        });
        let mut before = total(start);
        let target = self.reduction.powi(2) * before.iter().map(|sums| sums[0]).sum::<f64>();
        let mut seen = Vec::new();
        let mut made = 0;
        while made < ITERATIONS {
            let results = panels
                .multiply_directions(|block| (self.curvatures(block), (made == 0).then(|| first(block))));
            made += 1;
            let (sums, firsts): (Vec<_>, Vec<_>) = results.into_iter().unzip();
            seen.extend(firsts.into_iter().flatten());
            let lengths: Vec<T> =
                before.iter().zip(total(sums)).map(|(&[rz, _], [curvature])| ratio(rz, curvature)).collect();
            let after = total(panels.each(|block| {
                self.advance(block, &lengths);
                self.precondition(block)
            }));
            let left: f64 = after.iter().map(|sums| sums[0]).sum();
            let squares: f64 = after.iter().map(|sums| sums[1]).sum();
            // Written so that a number that is none ends the iteration.
            if !(left > target && squares > self.enough) {
                break;
            }
            let shares: Vec<T> = after.iter().zip(&before).map(|(a, b)| ratio(a[0], b[0])).collect();
            panels.each(|block| Self::turn(block, &shares));
            before = after;
        }
        (made, seen)
    }
}

/// `a / b`, or 0 where that says nothing: the neuron is done, or rounding is all that is left.
fn ratio<T: Arithmetic>(a: f64, b: f64) -> T {
    let ratio = a / b;
    if b > 0.0 && ratio.is_finite() { T::narrow(ratio) } else { T::zero() }
}
