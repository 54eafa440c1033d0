//! `in_networks(address, networks)`: whether an address lies in one of the networks that a register
//! names: addresses, and prefixes as CIDR writes them (RFC 4632, RFC 4291), separated by `;`.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;

/// Null where the first is no address, as the name of a service that acts for somebody is none.
pub(super) fn in_networks(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let (addresses, networks) = (arrays[0].as_string::<i32>(), arrays[1].as_string::<i32>());
    let rows = (0..addresses.len()).map(|row| {
        let given = addresses.is_valid(row) && networks.is_valid(row);
        given.then(|| within(addresses.value(row), networks.value(row))).flatten()
    });
    let found: ArrayRef = Arc::new(rows.collect::<BooleanArray>());
    Ok(ColumnarValue::Array(found))
}

fn within(address: &str, networks: &str) -> Option<bool> {
    let address = address.trim().parse::<IpAddr>().ok()?.to_canonical();
    Some(networks.split(';').any(|network| lies_in(address, network.trim()).unwrap_or(false)))
}

/// Whether the address begins with the bits of the prefix; nothing for what is no network.
fn lies_in(address: IpAddr, network: &str) -> Option<bool> {
    let (prefix, length) = network.split_once('/').map_or((network, None), |(p, l)| (p, Some(l)));
    let prefix = prefix.parse::<IpAddr>().ok()?;
    let (bits, of, width) = match (address, prefix) {
        (IpAddr::V4(a), IpAddr::V4(p)) => (u128::from(a.to_bits()), u128::from(p.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(p)) => (a.to_bits(), p.to_bits(), 128),
        _ => return Some(false),
    };
    let length = length.map_or(Some(width), |length| length.parse::<u32>().ok())?;
    let rest = width.checked_sub(length)?;
    Some(bits.checked_shr(rest).unwrap_or(0) == of.checked_shr(rest).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn an_address_lies_in_a_network_by_its_first_bits() {
        for (address, networks, expected) in [
            ("198.51.100.16", "198.51.100.16/28", Some(true)),
            ("198.51.100.31", "198.51.100.16/28", Some(true)),
            ("198.51.100.32", "198.51.100.16/28", Some(false)),
            ("198.51.100.15", "198.51.100.16/28", Some(false)),
            ("10.1.2.3", "192.0.2.7; 10.0.0.0/8", Some(true)),
            ("192.0.2.7", "192.0.2.7", Some(true)),
            ("192.0.2.8", "192.0.2.7", Some(false)),
            ("203.0.113.1", "0.0.0.0/0", Some(true)),
            ("2001:db8::1", "::/0", Some(true)),
            ("2001:db8:1::1", "2001:db8::/32;192.0.2.0/24", Some(true)),
            ("2001:db9::1", "2001:db8::/32", Some(false)),
            ("::ffff:192.0.2.7", "192.0.2.0/24", Some(true)),
            ("192.0.2.7", "::/0", Some(false)),
            // What is no network holds no address, and does not undo the others.
            ("192.0.2.7", "192.0.2.0/33;head office", Some(false)),
            ("192.0.2.7", "head office;192.0.2.0/24", Some(true)),
            ("192.0.2.7", "", Some(false)),
            // A service's name is no address.
            ("lambda.amazonaws.com", "0.0.0.0/0", None),
            ("AWS Internal", "", None),
        ] {
            assert_eq!(within(address, networks), expected, "{address} in {networks}");
        }
    }
}
