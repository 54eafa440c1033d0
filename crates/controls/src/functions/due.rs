//! `due(t, sla)`: the deadline, whether a parameter is given in hours, in days or in business days.

use datafusion::arrow::array::{Array, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimestampMicrosecondType,
};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use tenure_model::Timestamp;
use tenure_model::calendar::{Calendar, Sla};

use super::{done, get, instant};

/// `$sla` of a query is an interval or a number of business days, as the parameter says; this takes
/// either, so that a parameter may be overridden in other units.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Due {
    signature: Signature,
    calendar: Calendar,
}

impl Due {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable), calendar }
    }
}

impl ScalarUDFImpl for Due {
    fn name(&self) -> &'static str {
        "due"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(instant())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let from = cast(&arrays[0], &instant())?.as_primitive::<TimestampMicrosecondType>().clone();
        let rows: TimestampMicrosecondArray = match arrays[1].data_type() {
            DataType::Interval(IntervalUnit::MonthDayNano) => {
                let length = arrays[1].as_primitive::<IntervalMonthDayNanoType>();
                let add = |row| {
                    let length = length.is_valid(row).then(|| length.value(row))?;
                    let days = i64::from(length.months) * 30 + i64::from(length.days);
                    let micros = days * Timestamp::DAY + length.nanoseconds / 1_000;
                    Some(get(&from, row)?.plus_micros(micros).micros())
                };
                (0..from.len()).map(add).collect()
            }
            kind if kind.is_integer() => {
                let days = cast(&arrays[1], &DataType::Int64)?;
                let days = days.as_primitive::<Int64Type>();
                let add = |row| {
                    let days = days.is_valid(row).then(|| days.value(row))?;
                    let sla = Sla::BusinessDays(u32::try_from(days).ok()?);
                    Some(self.calendar.add(get(&from, row)?, sla).micros())
                };
                (0..from.len()).map(add).collect()
            }
            other => {
                let problem = format!("due() takes an interval or business days, not {other}");
                return Err(DataFusionError::Plan(problem));
            }
        };
        done(rows.with_timezone("UTC"))
    }
}
