//! Forms for what serde's usual ones would lose, or could not write, in JSON.
//!
//! Owns nothing but the forms: maps whose keys are no strings, bytes, and an option of an option.
//! Invariant: what is read back is what was written.

/// Maps as lists of pairs: in JSON, a key of a map must be a string.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K, V, S>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize,
        V: Serialize,
        S: Serializer,
    {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let pairs = Vec::<(K, V)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}

/// Bytes as hexadecimal digits: a third of what a list of numbers takes.
pub(crate) mod hex {
    use std::sync::Arc;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    const DIGITS: &[u8; 16] = b"0123456789abcdef";

    pub(crate) fn serialize<S: Serializer>(
        bytes: &Arc<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[u8]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        decode(&text).ok_or_else(|| D::Error::custom("not pairs of hexadecimal digits"))
    }

    pub(super) fn encode(bytes: &[u8]) -> String {
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xf)]);
        let pairs = bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(*byte)]);
        pairs.collect()
    }

    pub(super) fn decode(text: &str) -> Option<Arc<[u8]>> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return None;
        };
        let bytes = pairs.iter().map(|[high, low]| {
            let value = digit(*high)? * 16 + digit(*low)?;
            u8::try_from(value).ok()
        });
        bytes.collect::<Option<Vec<u8>>>().map(Arc::from)
    }
}

/// Bytes that may not be there, as [`hex`].
pub(crate) mod hex_or_none {
    use std::sync::Arc;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::hex;

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        bytes: &Option<Arc<[u8]>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = bytes.as_deref().map(hex::encode);
        text.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<[u8]>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let bytes = hex::decode(&text);
        let bytes = bytes.ok_or_else(|| D::Error::custom("not pairs of hexadecimal digits"))?;
        Ok(Some(bytes))
    }
}

/// An option of an option as a list of none or one: JSON has one null for both kinds of nothing.
pub(crate) mod twice {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_slice().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Ok(Vec::<Option<T>>::deserialize(deserializer)?.pop())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "super::pairs")]
        map: BTreeMap<(u8, String), u8>,
        #[serde(with = "super::hex")]
        bytes: Arc<[u8]>,
        #[serde(with = "super::hex_or_none")]
        more: Option<Arc<[u8]>>,
        #[serde(with = "super::twice")]
        link: Option<Option<u8>>,
    }

    #[test]
    fn what_is_written_is_read_back() {
        for link in [None, Some(None), Some(Some(7))] {
            for more in [None, Some([0x00, 0xff, 0x10].into())] {
                let all = All {
                    map: [((1, "a".to_owned()), 2), ((1, "b".to_owned()), 3)].into(),
                    bytes: (0..=255).collect(),
                    more,
                    link,
                };
                let text = serde_json::to_string(&all).unwrap();
                assert_eq!(serde_json::from_str::<All>(&text).unwrap(), all, "{text}");
            }
        }
    }

    #[test]
    fn bytes_are_pairs_of_digits_and_nothing_else() {
        assert_eq!(super::hex::encode(&[0x01, 0xaf]), "01af");
        assert_eq!(
            super::hex::decode("01AF").as_deref(),
            Some(&[0x01, 0xaf][..])
        );
        assert_eq!(super::hex::decode(""), Some([].into()));
        for wrong in ["0", "0g", "+1", "0x01", "01 af"] {
            assert_eq!(super::hex::decode(wrong), None, "{wrong}");
        }
    }
}
