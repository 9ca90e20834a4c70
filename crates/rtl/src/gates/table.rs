//! Tables of a library by slew and load.

/// A figure by input slew and by load, linear between the points; a slew outside the table is taken at its edge, a load
/// outside it is extrapolated.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    slews: Vec<f64>,
    loads: Vec<f64>,
    /// Rows by slew.
    values: Vec<f64>,
}

impl Table {
    /// A table; empty axes stand for a figure that does not depend on them. `None` if the number of values is wrong or an
    /// axis does not rise.
    #[must_use]
    pub fn new(slews: Vec<f64>, loads: Vec<f64>, values: Vec<f64>) -> Option<Self> {
        let rises = |axis: &[f64]| axis.windows(2).all(|pair| pair[0] < pair[1]);
        let expected = slews.len().max(1) * loads.len().max(1);
        let fits = values.len() == expected && rises(&slews) && rises(&loads);
        (fits && values.iter().all(|value| value.is_finite())).then_some(Self { slews, loads, values })
    }

    /// The figure at `slew` and `load`, in the units of the axes.
    #[must_use]
    pub fn at(&self, slew: f64, load: f64) -> f64 {
        let (row, along) = place(&self.slews, slew, false);
        let first = self.row(row, load);
        if along == 0.0 { first } else { first + along * (self.row(row + 1, load) - first) }
    }

    /// By how much the figure grows with the load, over the whole axis, in the middle of the slews; 0 without the axis.
    #[must_use]
    pub fn slope(&self) -> f64 {
        let (Some(first), Some(last)) = (self.loads.first(), self.loads.last()) else { return 0.0 };
        if self.loads.len() < 2 {
            return 0.0;
        }
        let slew = self.slews.get(self.slews.len() / 2).copied().unwrap_or(0.0);
        (self.at(slew, *last) - self.at(slew, *first)) / (last - first)
    }

    fn row(&self, row: usize, load: f64) -> f64 {
        let width = self.loads.len().max(1);
        let values = &self.values[row * width..(row + 1) * width];
        let (column, along) = place(&self.loads, load, true);
        if along == 0.0 {
            values[column]
        } else {
            values[column] + along * (values[column + 1] - values[column])
        }
    }
}

/// The interval of `axis` in which `x` lies, and how far along it.
fn place(axis: &[f64], x: f64, extrapolates: bool) -> (usize, f64) {
    if axis.len() < 2 {
        return (0, 0.0);
    }
    let above = axis.partition_point(|&point| point <= x).clamp(1, axis.len() - 1);
    let along = (x - axis[above - 1]) / (axis[above] - axis[above - 1]);
    (above - 1, if extrapolates { along } else { along.clamp(0.0, 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_the_points_a_table_is_linear() {
        let table =
            Table::new(vec![1.0, 3.0], vec![0.0, 2.0, 4.0], vec![0.0, 2.0, 4.0, 10.0, 12.0, 20.0]).unwrap();
        assert_eq!(table.at(2.0, 1.0), 6.0, "the middle of four points");
        assert_eq!(table.at(9.0, 3.0), 16.0, "a slew above the axis is taken at its edge");
        assert_eq!(table.at(1.0, 6.0), 6.0, "a load above the axis goes on");
        assert_eq!(table.slope(), 2.5, "10 in 4, at the second slew");
        let scalar = Table::new(vec![], vec![], vec![7.0]).unwrap();
        assert_eq!((scalar.at(1.0, 2.0), scalar.slope()), (7.0, 0.0));
        assert_eq!(Table::new(vec![2.0, 1.0], vec![], vec![1.0, 2.0]), None, "an axis that falls");
        assert_eq!(Table::new(vec![], vec![], vec![1.0, 2.0]), None, "two values for one");
    }
}
