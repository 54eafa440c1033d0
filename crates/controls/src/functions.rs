//! SQL helpers over bounds: `held_at`, `overlap_days`, `clip`, `business_add`, `due`, `instant`; and
//! over names: `identity_of`, `in_networks`.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, Float64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use tenure_model::calendar::{Calendar, Sla};
use tenure_model::{Timestamp, Validity};

mod due;
mod networks;

/// The type of every instant.
pub(crate) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Adds the helpers to a session.
pub(crate) fn register(context: &SessionContext, calendar: &Calendar) {
    let four_and_one = vec![instant(); 5];
    context.register_udf(create_udf(
        "held_at",
        four_and_one,
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(held_at),
    ));
    let four = vec![instant(); 4];
    context.register_udf(create_udf(
        "overlap_days",
        four,
        DataType::Float64,
        Volatility::Immutable,
        Arc::new(overlap_days),
    ));
    let three = vec![instant(); 3];
    context.register_udf(create_udf(
        "clip",
        three,
        instant(),
        Volatility::Immutable,
        Arc::new(clip),
    ));
    let text = vec![DataType::Utf8];
    context.register_udf(create_udf(
        "instant",
        text,
        instant(),
        Volatility::Immutable,
        Arc::new(parse),
    ));
    let days = vec![instant(), DataType::Int64];
    context.register_udf(ScalarUDF::from(due::Due::new(calendar.clone())));
    let calendar = calendar.clone();
    context.register_udf(create_udf(
        "business_add",
        days,
        instant(),
        Volatility::Immutable,
        Arc::new(move |args: &[ColumnarValue]| business_add(args, &calendar)),
    ));
    context.register_udf(create_udf(
        "identity_of",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(identity_of),
    ));
    context.register_udf(create_udf(
        "in_networks",
        vec![DataType::Utf8, DataType::Utf8],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(networks::in_networks),
    ));
}

type Instants = TimestampMicrosecondArray;

fn instants(args: &[ColumnarValue]) -> Result<Vec<Instants>> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    arrays
        .iter()
        .map(|a| Ok(cast(a, &instant())?.as_primitive::<TimestampMicrosecondType>().clone()))
        .collect()
}

fn get(column: &Instants, row: usize) -> Option<Timestamp> {
    use datafusion::arrow::array::Array;
    column.is_valid(row).then(|| Timestamp::from_micros(column.value(row)))
}

fn done(array: impl datafusion::arrow::array::Array + 'static) -> Result<ColumnarValue> {
    let array: ArrayRef = Arc::new(array);
    Ok(ColumnarValue::Array(array))
}

/// `held_at(valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, t)`: yes, no or maybe.
fn held_at(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    let c = instants(args)?;
    let rows = (0..c[1].len()).map(|row| {
        let validity = Validity {
            from_lo: get(&c[0], row),
            from_hi: get(&c[1], row)?,
            to_lo: get(&c[2], row),
            to_hi: get(&c[3], row),
        };
        Some(validity.held_at(get(&c[4], row)?).as_str())
    });
    done(rows.collect::<StringArray>())
}

/// `overlap_days(a_from, a_to, b_from, b_to)`: days of 24 hours that two half-open intervals share;
/// a null end is open.
fn overlap_days(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    let c = instants(args)?;
    let rows = (0..c[0].len()).map(|row| {
        let from = get(&c[0], row)?.max(get(&c[2], row)?);
        let open = Timestamp::from_micros(i64::MAX);
        let to = get(&c[1], row).unwrap_or(open).min(get(&c[3], row).unwrap_or(open));
        let micros = to.micros().saturating_sub(from.micros()).max(0);
        #[expect(clippy::cast_precision_loss, reason = "days are for people")]
        let days = micros as f64 / Timestamp::DAY as f64;
        Some(days)
    });
    done(rows.collect::<Float64Array>())
}

/// `clip(t, from, to)`: the instant, no earlier than `from` and no later than `to`; null is open.
fn clip(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    let c = instants(args)?;
    let rows = (0..c[0].len()).map(|row| {
        let (from, to) = (get(&c[1], row), get(&c[2], row));
        let at = get(&c[0], row).or(to)?;
        let at = from.map_or(at, |from| at.max(from));
        Some(to.map_or(at, |to| at.min(to)).micros())
    });
    done(rows.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// `business_add(t, days)`: t plus business days of the workspace's calendar.
fn business_add(args: &[ColumnarValue], calendar: &Calendar) -> Result<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let from = cast(&arrays[0], &instant())?.as_primitive::<TimestampMicrosecondType>().clone();
    let days = arrays[1].as_primitive::<Int64Type>().clone();
    let rows = (0..from.len()).map(|row| {
        use datafusion::arrow::array::Array;
        let days = days.is_valid(row).then(|| days.value(row))?;
        let days = u32::try_from(days).ok()?;
        Some(calendar.add(get(&from, row)?, Sla::BusinessDays(days)).micros())
    });
    done(rows.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// `instant('2025-07-01')`: an RFC 3339 instant or a date, with the type of every instant here.
fn parse(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    use datafusion::arrow::array::Array;
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let texts = arrays[0].as_string::<i32>();
    let rows = (0..texts.len()).map(|row| {
        let text = texts.is_valid(row).then(|| texts.value(row));
        let at = text.map(Timestamp::parse_or_date).transpose();
        at.map(|at| at.map(Timestamp::micros))
            .map_err(|e| DataFusionError::Execution(e.to_string()))
    });
    done(rows.collect::<Result<TimestampMicrosecondArray>>()?.with_timezone("UTC"))
}

/// `identity_of(arn)`: the native id of the identity behind an actor or resource as AWS logs it.
/// Users and roles without their paths, sessions as the role that they were issued for (IAM User
/// Guide, "IAM identifiers"); anything else as it is.
fn identity_of(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    use datafusion::arrow::array::Array;
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let texts = arrays[0].as_string::<i32>();
    let rows = (0..texts.len()).map(|row| texts.is_valid(row).then(|| native_id(texts.value(row))));
    done(rows.collect::<StringArray>())
}

fn native_id(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (_, partition, service, _, account, resource) =
        (part(), part(), part(), part(), part(), part());
    match (service, resource.split_once('/')) {
        ("iam", Some((kind @ ("user" | "role"), path))) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            format!("arn:{partition}:iam::{account}:{kind}/{name}")
        }
        ("sts", Some(("assumed-role", path))) => {
            let role = path.split('/').next().unwrap_or(path);
            format!("arn:{partition}:iam::{account}:role/{role}")
        }
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::native_id;

    #[test]
    fn sessions_and_paths_lead_to_the_identity() {
        for (arn, identity) in [
            ("arn:aws:iam::1:user/team/ann", "arn:aws:iam::1:user/ann"),
            ("arn:aws:iam::1:role/service-role/writer", "arn:aws:iam::1:role/writer"),
            ("arn:aws-cn:sts::1:assumed-role/writer/i-0a", "arn:aws-cn:iam::1:role/writer"),
            ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
            ("AIDA", "AIDA"),
            ("", ""),
        ] {
            assert_eq!(native_id(arn), identity);
        }
    }
}
