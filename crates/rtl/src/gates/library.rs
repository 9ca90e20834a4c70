//! What a cell library says of its cells: functions, capacitances, energies, slews, leakage and area.
//!
//! *Energy.* A table of internal power is an energy, in the unit of capacitance times volts squared. Some tables hold the
//! half of C V^2 of the load that is turned into heat in the cell, others do not: a table whose mean over rise and fall
//! grows with the load by V^2 / 2 holds it ([`PowerArc::holds_load`]). Where power is given for each supply pin, only that
//! of the primary power pin is taken: the charge that leaves through the ground is the same one.

use super::function::Truth;
use super::liberty::{Group, Liberty, LibertyError};
use super::table::Table;
use std::collections::BTreeMap;

/// Cells that can be used, and the units turned into femtofarad, femtojoule, nanowatt and square micrometre.
#[derive(Clone, Debug)]
pub struct Library {
    /// What it calls itself.
    pub name: String,
    /// Supply, in volts.
    pub volts: f64,
    /// Its process corner as it names it.
    pub corner: String,
    /// Temperature, in degrees Celsius, where it says so.
    pub celsius: Option<f64>,
    /// Cells by name.
    pub cells: BTreeMap<String, Cell>,
    /// Cells that are not used, with the reason.
    pub unused: BTreeMap<String, String>,
}

/// A cell. Its variables are its inputs, then its outputs, or for functions of a flip-flop its two states.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Area in square micrometres.
    pub area: f64,
    /// Leakage in nanowatts.
    pub leakage: f64,
    /// Input pins.
    pub inputs: Vec<Input>,
    /// Output pins.
    pub outputs: Vec<Output>,
    /// What it keeps, if it is a flip-flop.
    pub flip_flop: Option<FlipFlop>,
}

/// An input pin.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its capacitance in femtofarad.
    pub capacitance: f64,
    /// Energies of its own transitions.
    pub arcs: Vec<PowerArc>,
}

/// An output pin.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value, of the inputs and, in a flip-flop, the state and its inverse.
    pub function: Truth,
    /// Energies of its transitions.
    pub arcs: Vec<PowerArc>,
    /// Its slews, in the library's unit of time: after a rise and after a fall.
    pub slews: Vec<(Table, Table)>,
}

/// The energy of a transition, in femtojoule, by slew and load.
#[derive(Clone, Debug)]
pub struct PowerArc {
    /// The input whose transition brings it about.
    pub related: Option<usize>,
    /// When it is this one, of inputs and outputs; always without.
    pub when: Option<Truth>,
    /// Energy of a rise.
    pub rise: Table,
    /// Energy of a fall.
    pub fall: Table,
    /// The tables hold half of C V^2 of the load.
    pub holds_load: bool,
}

/// What a flip-flop keeps.
#[derive(Clone, Debug)]
pub struct FlipFlop {
    /// The input that is its clock; it acts when that rises.
    pub clock: usize,
    /// The next state, of inputs, state and inverse.
    pub next: Truth,
    /// What sets it to 0 whatever the clock does.
    pub clear: Option<Truth>,
    /// What sets it to 1.
    pub preset: Option<Truth>,
}

impl Cell {
    /// The smallest share of the whole: whether it computes `truth` of its inputs at one output, and keeps nothing.
    #[must_use]
    pub fn computes(&self, text: &str, variables: usize) -> bool {
        if self.inputs.len() != variables || self.outputs.len() != 1 || self.flip_flop.is_some() {
            return false;
        }
        let names: Vec<&str> = ["A", "B", "C", "D"].into_iter().take(variables).collect();
        Truth::parse(text, &names).is_ok_and(|truth| truth == self.outputs[0].function)
    }
}

impl Library {
    /// The smallest cell that computes `text` of so many variables named A, B, C and D.
    #[must_use]
    pub fn smallest(&self, text: &str, variables: usize) -> Option<(&str, &Cell)> {
        let cells = self.cells.iter().filter(|cell| cell.1.computes(text, variables));
        cells.min_by(|a, b| a.1.area.total_cmp(&b.1.area)).map(|(name, cell)| (name.as_str(), cell))
    }

    /// The cells of `liberty`.
    ///
    /// # Errors
    /// [`LibertyError`] if a unit, the supply or a figure of a cell is missing or not understood.
    pub fn of(liberty: &Liberty) -> Result<Self, LibertyError> {
        let top = &liberty.library;
        let units = Units::of(liberty)?;
        let conditions = top.all("operating_conditions").next();
        let condition = |name: &str| conditions.and_then(|group| group.value(name));
        let (mut cells, mut unused) = (BTreeMap::new(), BTreeMap::new());
        for group in top.all("cell") {
            let name = group.own_name().to_owned();
            match (CellReader { liberty, units: &units, group }).read() {
                Ok(cell) => {
                    cells.insert(name, cell);
                }
                Err(Problem::Unused(why)) => {
                    unused.insert(name, why);
                }
                Err(Problem::Wrong(error)) => return Err(error),
            }
        }
        Ok(Self {
            name: top.own_name().to_owned(),
            volts: units.volts,
            corner: conditions.map_or_else(|| "not named".to_owned(), |group| group.own_name().to_owned()),
            celsius: condition("temperature")
                .and_then(|text| text.parse().ok())
                .filter(|celsius: &f64| celsius.is_finite()),
            cells,
            unused,
        })
    }
}

enum Problem {
    /// A cell that cannot be used is no error.
    Unused(String),
    Wrong(LibertyError),
}

impl From<LibertyError> for Problem {
    fn from(error: LibertyError) -> Self {
        Self::Wrong(error)
    }
}

struct Units {
    femtofarad: f64,
    nanowatt: f64,
    volts: f64,
}

impl Units {
    fn of(liberty: &Liberty) -> Result<Self, LibertyError> {
        let top = &liberty.library;
        let missing = |what: &str| error(liberty, top.line, format!("the library has no {what}"));
        let unit = top.attribute("capacitive_load_unit");
        let unit = unit.ok_or_else(|| missing("`capacitive_load_unit (1, pf)` or `(1, ff)`"))?;
        let femtofarad = match unit.values.as_slice() {
            [count, name] => {
                let scale = match name.to_lowercase().as_str() {
                    "pf" => 1000.0,
                    "ff" => 1.0,
                    _ => return Err(error(liberty, unit.line, format!("found `{name}`, allowed: pf, ff"))),
                };
                number(liberty, unit.line, count)? * scale
            }
            _ => return Err(error(liberty, unit.line, "expected a number and `pf` or `ff`".to_owned())),
        };
        let unit = top.attribute("leakage_power_unit").ok_or_else(|| missing("`leakage_power_unit`"))?;
        let text = unit.first().trim_start_matches(|c: char| c.is_ascii_digit());
        let nanowatt = match text {
            "pW" => 1e-3,
            "nW" => 1.0,
            "uW" => 1e3,
            _ => return Err(error(liberty, unit.line, format!("found `{text}`, allowed: 1pW, 1nW, 1uW"))),
        };
        let conditions = top.all("operating_conditions").next().and_then(|group| group.attribute("voltage"));
        let volts = top.attribute("nom_voltage").or(conditions).ok_or_else(|| missing("`nom_voltage`"))?;
        let volts = number(liberty, volts.line, volts.first())?;
        Ok(Self { femtofarad, nanowatt, volts })
    }
}

fn error(liberty: &Liberty, line: usize, message: String) -> LibertyError {
    LibertyError { file: liberty.file.clone(), line, message }
}

fn number(liberty: &Liberty, line: usize, text: &str) -> Result<f64, LibertyError> {
    let value: Option<f64> = text.trim().parse().ok();
    value
        .filter(|value| value.is_finite())
        .ok_or_else(|| error(liberty, line, format!("found `{text}`, expected a number")))
}

struct CellReader<'a> {
    liberty: &'a Liberty,
    units: &'a Units,
    group: &'a Group,
}

impl CellReader<'_> {
    fn read(&self) -> Result<Cell, Problem> {
        let group = self.group;
        for (what, why) in [
            ("latch", "a latch"),
            ("statetable", "a table of states"),
            ("bus", "a bus"),
            ("bundle", "a bundle"),
        ] {
            if group.all(what).next().is_some() {
                return Err(Problem::Unused(why.to_owned()));
            }
        }
        let marks = ["dont_use", "is_isolation_cell", "is_level_shifter", "always_on"];
        if let Some(mark) = marks.into_iter().find(|mark| group.value(mark) == Some("true")) {
            return Err(Problem::Unused(mark.to_owned()));
        }
        let pins = |direction: &'static str| {
            group.all("pin").filter(move |pin| pin.value("direction") == Some(direction))
        };
        let inputs: Vec<&Group> = pins("input").collect();
        let outputs: Vec<&Group> = pins("output").filter(|pin| pin.value("function").is_some()).collect();
        if inputs.len() + pins("output").count()
            != group.all("pin").filter(|pin| pin.value("direction") != Some("internal")).count()
            || outputs.is_empty()
        {
            return Err(Problem::Unused(
                "a pin that is neither an input nor an output with a function".to_owned(),
            ));
        }
        let names: Vec<&str> = inputs.iter().map(|pin| pin.own_name()).collect();
        let with_outputs: Vec<&str> =
            names.iter().copied().chain(outputs.iter().map(|pin| pin.own_name())).collect();
        let ff = group.all("ff").next();
        let states: Vec<&str> =
            ff.map_or_else(Vec::new, |ff| ff.arguments.iter().map(String::as_str).collect());
        let with_states: Vec<&str> = names.iter().chain(&states).copied().collect();
        let area = self.figure(group, "area")?.ok_or_else(|| {
            error(self.liberty, group.line, format!("the cell {} has no area", group.own_name()))
        })?;
        let input = |pin: &&Group| -> Result<Input, Problem> {
            Ok(Input {
                name: pin.own_name().to_owned(),
                capacitance: self.figure(pin, "capacitance")?.unwrap_or(0.0) * self.units.femtofarad,
                arcs: self.arcs(pin, &names, &with_outputs)?,
            })
        };
        let output = |pin: &&Group| -> Result<Output, Problem> {
            let function = pin.value("function").unwrap_or_default();
            Ok(Output {
                name: pin.own_name().to_owned(),
                function: Truth::parse(function, &with_states).map_err(Problem::Unused)?,
                arcs: self.arcs(pin, &names, &with_outputs)?,
                slews: self.slews(pin)?,
            })
        };
        let inputs = inputs.iter().map(input).collect::<Result<_, _>>()?;
        let outputs = outputs.iter().map(output).collect::<Result<_, _>>()?;
        let flip_flop = ff.map(|ff| flip_flop(ff, &names, &with_states)).transpose()?;
        Ok(Cell { area, leakage: self.leakage()?, inputs, outputs, flip_flop })
    }

    fn figure(&self, group: &Group, name: &str) -> Result<Option<f64>, LibertyError> {
        let attribute = group.attribute(name);
        attribute.map(|found| number(self.liberty, found.line, found.first())).transpose()
    }

    /// The group is not about a ground pin.
    fn counts(&self, group: &Group) -> bool {
        let Some(pin) = group.value("related_pg_pin") else { return true };
        let is_pin = |pg: &&Group| pg.own_name() == pin;
        let of_pin = self.group.all("pg_pin").find(is_pin).and_then(|pg| pg.value("pg_type"));
        of_pin != Some("primary_ground")
    }

    /// In nanowatts: what the cell says, or the mean over its states.
    fn leakage(&self) -> Result<f64, LibertyError> {
        if let Some(found) = self.figure(self.group, "cell_leakage_power")? {
            return Ok(found * self.units.nanowatt);
        }
        let groups = || self.group.all("leakage_power").filter(|group| self.counts(group));
        let always: Vec<&Group> = groups().filter(|group| group.value("when").is_none()).collect();
        let groups = if always.is_empty() { groups().collect() } else { always };
        let values: Vec<f64> = groups
            .iter()
            .filter_map(|group| self.figure(group, "value").transpose())
            .collect::<Result<_, _>>()?;
        let count = values.len().max(1) as f64;
        Ok(values.iter().sum::<f64>() / count * self.units.nanowatt)
    }

    fn arcs(&self, pin: &Group, names: &[&str], all: &[&str]) -> Result<Vec<PowerArc>, Problem> {
        let mut arcs = Vec::new();
        for group in pin.all("internal_power").filter(|group| self.counts(group)) {
            let when = group.value("when").map(|text| Truth::parse(text, all));
            let when = when.transpose().map_err(Problem::Unused)?;
            let table = |name: &str| -> Result<Table, Problem> {
                let found = group.all(name).next().or_else(|| group.all("power").next());
                found.map_or_else(
                    || Ok(Table::new(vec![], vec![], vec![0.0]).expect("one value")),
                    |table| self.table(table, self.units.femtofarad).map_err(Problem::Wrong),
                )
            };
            let (rise, fall) = (table("rise_power")?, table("fall_power")?);
            let half = self.units.volts * self.units.volts / 2.0;
            let holds_load = (rise.slope() + fall.slope()) / 2.0 > 0.5 * half;
            let related: Vec<Option<usize>> = match group.value("related_pin") {
                None => vec![None],
                Some(pins) => {
                    let place = |pin: &str| names.iter().position(|&name| name == pin);
                    pins.split_whitespace().map(place).filter(Option::is_some).collect()
                }
            };
            for related in related {
                arcs.push(PowerArc {
                    related,
                    when: when.clone(),
                    rise: rise.clone(),
                    fall: fall.clone(),
                    holds_load,
                });
            }
        }
        Ok(arcs)
    }

    fn slews(&self, pin: &Group) -> Result<Vec<(Table, Table)>, LibertyError> {
        let mut slews = Vec::new();
        for timing in pin.all("timing") {
            let (rise, fall) = (timing.all("rise_transition").next(), timing.all("fall_transition").next());
            if let (Some(rise), Some(fall)) = (rise, fall) {
                slews.push((self.table(rise, 1.0)?, self.table(fall, 1.0)?));
            }
        }
        Ok(slews)
    }

    /// A table with loads in femtofarad and values times `scale`.
    fn table(&self, group: &Group, scale: f64) -> Result<Table, LibertyError> {
        let templates = &self.liberty.library.groups;
        let template = templates
            .iter()
            .find(|found| found.name.ends_with("_template") && found.own_name() == group.own_name());
        let numbers = |group: &Group, name: &str| -> Result<Option<Vec<f64>>, LibertyError> {
            let Some(attribute) = group.attribute(name) else { return Ok(None) };
            let texts = attribute.values.iter().flat_map(|value| value.split([',', ' ', '\t', '\n']));
            let texts = texts.filter(|text| !text.is_empty() && *text != "\\");
            texts.map(|text| number(self.liberty, attribute.line, text)).collect::<Result<_, _>>().map(Some)
        };
        let axis = |name: &str| -> Result<Vec<f64>, LibertyError> {
            let own = numbers(group, name)?;
            Ok(match (own, template) {
                (Some(own), _) => own,
                (None, Some(template)) => numbers(template, name)?.unwrap_or_default(),
                (None, None) => Vec::new(),
            })
        };
        let values = numbers(group, "values")?.unwrap_or_default();
        let (mut first, mut second) = (axis("index_1")?, axis("index_2")?);
        let variable = |name: &str| template.and_then(|template| template.value(name)).unwrap_or_default();
        let is_load = |name: &str| name.contains("capacitance");
        let mut values: Vec<f64> = values.iter().map(|value| value * scale).collect();
        // By slew, then by load, whatever the order in the file.
        if is_load(variable("variable_1")) {
            let (rows, columns) = (first.len().max(1), second.len().max(1));
            if values.len() == rows * columns {
                values = (0..columns)
                    .flat_map(|c| (0..rows).map(move |r| (r, c)))
                    .map(|(r, c)| values[r * columns + c])
                    .collect();
            }
            std::mem::swap(&mut first, &mut second);
        }
        let loads = second.iter().map(|load| load * self.units.femtofarad).collect();
        let wrong = || {
            let message =
                format!("`{}`: a table needs rising axes and a value for each of their pairs", group.name);
            error(self.liberty, group.line, message)
        };
        Table::new(first, loads, values).ok_or_else(wrong)
    }
}

fn flip_flop(group: &Group, names: &[&str], all: &[&str]) -> Result<FlipFlop, Problem> {
    let unused = |why: String| Problem::Unused(why);
    let clock = group.value("clocked_on").unwrap_or_default().trim();
    let clock = names.iter().position(|&name| name == clock);
    let clock =
        clock.ok_or_else(|| unused("a flip-flop that does not act when its clock rises".to_owned()))?;
    let function =
        |name: &str| group.value(name).map(|text| Truth::parse(text, all)).transpose().map_err(unused);
    let next =
        function("next_state")?.ok_or_else(|| unused("a flip-flop without a next state".to_owned()))?;
    Ok(FlipFlop { clock, next, clear: function("clear")?, preset: function("preset")? })
}
