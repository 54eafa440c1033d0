//! Registers that people keep as CSV files: one directory a register, one file a date.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use crate::World;

/// Registers by name and system: their columns, and their rows by date of the file.
#[derive(Clone, Default, Debug)]
pub struct Registers(BTreeMap<(String, String), Register>);

#[derive(Clone, Default, Debug)]
struct Register {
    /// Until when people kept it; not set = until everything is collected.
    until: Option<Timestamp>,
    header: Vec<String>,
    files: BTreeMap<String, Vec<Vec<String>>>,
}

impl Registers {
    /// Nobody keeps a register after an instant.
    pub fn kept_until(&mut self, register: &str, system: &str, at: Timestamp) {
        let register = self.0.entry((register.to_owned(), system.to_owned())).or_default();
        register.until = Some(at);
    }

    /// Adds a row to the file of a date. The first row of a register decides its columns; the
    /// columns are the table's own, with `id`, `valid_from` and `valid_to`.
    pub fn row(&mut self, register: &str, system: &str, day: Timestamp, cells: &[(&str, String)]) {
        let register = self.0.entry((register.to_owned(), system.to_owned())).or_default();
        for (column, _) in cells {
            if !register.header.iter().any(|known| known == column) {
                register.header.push((*column).to_owned());
            }
        }
        let of = |column: &String| {
            let cell = cells.iter().find(|(name, _)| name == column);
            cell.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let row = register.header.iter().map(of).collect();
        register.files.entry(day.date()).or_default().push(row);
    }
}

/// Writes every register.
pub fn write(world: &mut World) {
    let registers = std::mem::take(&mut world.registers);
    for ((name, system), register) in &registers.0 {
        for (date, rows) in &register.files {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let width = register.header.len();
            let padded = rows.iter().map(|row| {
                let mut row = row.clone();
                row.resize(width, String::new());
                row
            });
            // Writing into memory does not fail.
            for line in std::iter::once(register.header.clone()).chain(padded) {
                if writer.write_record(&line).is_err() {
                    return;
                }
            }
            let bytes = writer.into_inner().unwrap_or_default();
            world.output.file(format!("registers/{system}/{name}/{name}-{date}.csv"), bytes);
        }
        let path = format!("@/registers/{system}/{name}");
        let (from, to) = world.settings.logged();
        let to = register.until.map_or(to, |at| at.to_string());
        let settings = [
            ("path", path.as_str()),
            ("register", name.as_str()),
            ("covers-from", &from),
            ("covers-to", &to),
        ];
        let source = format!("{system}-{}", name.replace('_', "-"));
        world.output.source_of(&source, system, "register-csv", &settings);
    }
}
