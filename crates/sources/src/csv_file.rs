//! CSV files that people export: delimiter, header, rows as they stand in the file, and which column
//! is which. What the rows mean is for the readers of rosters and registers.

use std::fs;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use crate::source::{CollectError, ReadError};

/// A larger file is no list that people keep.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// A file, row by row.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    /// The header row, without white space around.
    pub(crate) headers: Vec<String>,
    /// The other rows: the bytes as they stand in the file, and the cells.
    pub(crate) rows: Vec<(&'a [u8], ByteRecord)>,
    /// Why the rows end early, if they do.
    pub(crate) stop: Option<ReadError>,
}

impl<'a> Sheet<'a> {
    /// Cuts a file into rows; comma, semicolon or tab stand between columns.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let text = plain(bytes)?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(text))
            .from_reader(text);
        let mut record = ByteRecord::new();
        let unreadable = |e: csv::Error| refuse(format!("the file is no CSV: {e}"), String::new());
        if !reader.read_byte_record(&mut record).map_err(unreadable)? {
            return Err(refuse("the file is empty".to_owned(), "export it again".to_owned()));
        }
        let mut sheet = Self { headers: headers(&record)?, rows: Vec::new(), stop: None };
        loop {
            let start = reader.position().byte();
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let raw = cut(text, start, reader.position().byte());
                    sheet.rows.push((raw, record.clone()));
                }
                Err(e) => {
                    sheet.stop = Some(unreadable(e));
                    break;
                }
            }
        }
        Ok(sheet)
    }

    /// What is wrong with the number of cells of a row, if anything.
    pub(crate) fn width(&self, record: &ByteRecord) -> Option<String> {
        let (row, header) = (record.len(), self.headers.len());
        (row != header).then(|| format!("the row has {row} columns, the header has {header}"))
    }
}

/// A cell's text without white space around; `None` when it is empty or not there.
pub(crate) fn text(record: &ByteRecord, column: usize) -> Result<Option<String>, String> {
    let Some(cell) = record.get(column) else { return Ok(None) };
    match std::str::from_utf8(cell) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(_) => Err("it is not UTF-8".to_owned()),
    }
}

/// Something that a column may give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'n> {
    /// The name in settings and messages.
    pub(crate) name: &'n str,
    /// Further headers by which it is known, reduced as by [`reduced`].
    pub(crate) aliases: &'n [&'n str],
}

/// Which column gives which field.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The column of each field, in the order of the fields.
    pub(crate) of: Vec<Option<usize>>,
    /// Headers that give none.
    pub(crate) unused: Vec<String>,
}

impl Columns {
    /// By the setting `map`, else by the headers themselves; a field's own name goes before the
    /// other names of another.
    pub(crate) fn assign(
        map: &str,
        headers: &[String],
        fields: &[Field<'_>],
    ) -> Result<Self, ReadError> {
        let map = parse_map(map, fields)?;
        if let Some((field, header)) = map.iter().find(|(_, header)| !headers.contains(header)) {
            return Err(refuse(
                format!("there is no column '{header}' for {}", fields[*field].name),
                format!("the file has {}", headers.join(", ")),
            ));
        }
        let mapped = |header: &String| map.iter().any(|(_, h)| h == header);
        let named: Vec<Option<usize>> = headers
            .iter()
            // A mapped header means what the map says and nothing else.
            .map(|header| if mapped(header) { None } else { by_name(header, fields) })
            .collect();
        let of = (0..fields.len())
            .map(|field| column_of(field, fields[field].name, &map, &named, headers))
            .collect::<Result<Vec<_>, _>>()?;
        let used = |column: &usize| of.contains(&Some(*column));
        let unused = (0..headers.len()).filter(|c| !used(c)).map(|c| headers[c].clone()).collect();
        Ok(Self { of, unused })
    }

    /// For people: which columns are not used.
    pub(crate) fn describe_unused(&self) -> String {
        match self.unused.as_slice() {
            [] => String::new(),
            unused => format!("; columns not used: {}", unused.join(", ")),
        }
    }
}

fn column_of(
    field: usize,
    name: &str,
    map: &[(usize, String)],
    named: &[Option<usize>],
    headers: &[String],
) -> Result<Option<usize>, ReadError> {
    // A mapped field is not also looked for under its usual names.
    let header = map.iter().find(|(mapped, _)| *mapped == field).map(|(_, header)| header);
    let gives = |column: &usize| match header {
        Some(header) => headers[*column] == *header,
        None => named[*column] == Some(field),
    };
    let columns: Vec<usize> = (0..headers.len()).filter(gives).collect();
    if columns.len() > 1 {
        let names: Vec<_> = columns.iter().map(|c| headers[*c].as_str()).collect();
        return Err(refuse(
            format!("more than one column gives {name}: {}", names.join(", ")),
            format!("say which one with map={name}=…"),
        ));
    }
    Ok(columns.first().copied())
}

fn by_name(header: &str, fields: &[Field<'_>]) -> Option<usize> {
    let plain = reduced(header);
    let own = fields.iter().position(|field| reduced(field.name) == plain);
    own.or_else(|| fields.iter().position(|field| field.aliases.contains(&plain.as_str())))
}

/// Letters and digits in lower case: how headers are compared.
pub(crate) fn reduced(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `employee_id=Worker ID;email=Work Email`.
fn parse_map(text: &str, fields: &[Field<'_>]) -> Result<Vec<(usize, String)>, ReadError> {
    let mut map: Vec<(usize, String)> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let bad = |cause: String| refuse(cause, "write map=field=Header;field=Header".to_owned());
        let (name, header) = part
            .split_once('=')
            .ok_or_else(|| bad(format!("the setting map has '{part}', which maps nothing")))?;
        let Some(field) = fields.iter().position(|field| field.name == name.trim()) else {
            let known: Vec<_> = fields.iter().map(|field| field.name).collect();
            return Err(bad(format!("there is no field '{name}'; there are {}", known.join(", "))));
        };
        if map.iter().any(|(mapped, _)| *mapped == field) {
            return Err(bad(format!("the setting map has {name} twice")));
        }
        map.push((field, header.trim().to_owned()));
    }
    Ok(map)
}

/// The bytes of a file that people provide.
pub(crate) fn load(path: &Path) -> Result<Vec<u8>, CollectError> {
    let hint = "check the setting path";
    let failed = |e: std::io::Error| error(path, format!("it cannot be read: {e}"), hint);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(error(path, "it is no file".to_owned(), hint));
    }
    if metadata.len() > LARGEST_FILE {
        let cause = format!("it has more than {LARGEST_FILE} bytes, which no such list has");
        return Err(error(path, cause, hint));
    }
    fs::read(path).map_err(failed)
}

pub(crate) fn error(path: &Path, cause: String, hint: &str) -> CollectError {
    CollectError { what: path.display().to_string(), cause, hint: hint.to_owned() }
}

pub(crate) fn refuse(cause: String, hint: String) -> ReadError {
    ReadError { record: None, cause, hint }
}

/// The text without a byte order mark; UTF-16 is told apart because spreadsheets write it.
fn plain(bytes: &[u8]) -> Result<&[u8], ReadError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(refuse("the file is UTF-16".to_owned(), "save it as UTF-8".to_owned()));
    }
    Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

fn headers(record: &ByteRecord) -> Result<Vec<String>, ReadError> {
    let text = |field: &[u8]| std::str::from_utf8(field).map(|text| text.trim().to_owned());
    record.iter().map(text).collect::<Result<_, _>>().map_err(|_| {
        refuse("the header row is not UTF-8".to_owned(), "save the file as UTF-8".to_owned())
    })
}

/// The most frequent of comma, semicolon and tab in the header row; a comma if there is none.
fn delimiter(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(d, _)| d == byte).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    // The first of equals: comma before semicolon before tab.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(delimiter, _)| *delimiter)
}

/// The bytes of a record as they stand in the file, without line ends around them.
fn cut(text: &[u8], start: u64, end: u64) -> &[u8] {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    let mut raw = &text[index(start).min(index(end))..index(end)];
    while let Some(rest) = raw.strip_prefix(b"\r").or_else(|| raw.strip_prefix(b"\n")) {
        raw = rest;
    }
    while let Some(rest) = raw.strip_suffix(b"\n").or_else(|| raw.strip_suffix(b"\r")) {
        raw = rest;
    }
    raw
}
