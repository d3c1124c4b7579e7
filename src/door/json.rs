//! JSON as we take it: no name twice in one object (readers differ in which one counts), not nested deeply, no NUL in a
//! text (PostgreSQL cannot keep one).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep values may lie in one another.
const DEEPEST: u8 = 32;

/// Not JSON as we take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Where, counted from 1.
    pub(super) line: usize,
    /// Where, counted from 1.
    pub(super) column: usize,
}

/// Reads one value, and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { left: DEEPEST }.deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|e| Malformed { line: e.line(), column: e.column() })
}

#[derive(Clone, Copy)]
struct Strict {
    left: u8,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        self.left.checked_sub(1).map(|left| Self { left }).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // `1.0` is an integer to JSON Schema; let it be one to serde as well.
        let whole = (value.fract() == 0.0 && value.abs() < 9.0e15).then(|| format!("{value:.0}").parse::<i64>().ok()).flatten();
        let number = whole.map(Number::from).or_else(|| Number::from_f64(value));
        number.map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(deeper)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(deeper)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// A name as a part of a JSON Pointer; the client's own, so it is cut where it grows long.
pub(super) fn pointer_part(name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    name.replace('~', "~0").replace('/', "~1")
}

/// Calls `found` with the pointer of each text (or name) that holds a NUL.
pub(super) fn find_nul(value: &Value, at: &mut String, found: &mut impl FnMut(&str)) {
    let mut inside = |part: &str, value: &Value, at: &mut String| {
        let length = at.len();
        at.push('/');
        at.push_str(&pointer_part(part));
        if part.contains('\0') {
            found(at);
        }
        find_nul(value, at, found);
        at.truncate(length);
    };
    match value {
        Value::String(text) if text.contains('\0') => found(at),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| inside(&index.to_string(), item, at)),
        Value::Object(object) => object.iter().for_each(|(name, item)| inside(name, item, at)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_would_read_differently_is_refused() {
        for bad in
            ["", "{", "{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"b\":2}}", "1 2", "{'a':1}", "[1,]", "\u{feff}{}", "NaN", "1e999"]
        {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(b"\"\xff\"").is_err(), "not UTF-8");
        assert!(read(br#""\ud800""#).is_err(), "half a character");
        assert!(read("[".repeat(33).as_bytes()).is_err());
        assert!(read(format!("{}{}", "[".repeat(33), "]".repeat(33)).as_bytes()).is_err(), "too deep");
        assert!(read(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes()).is_ok());
    }

    #[test]
    fn whole_numbers_are_integers_however_written() {
        assert_eq!(read(b"[1.0, 1e3, 1.5, -0.0]").unwrap(), serde_json::json!([1, 1000, 1.5, 0]));
    }

    #[test]
    fn nul_is_found_wherever_it_stands() {
        let mut found = Vec::new();
        let value = read(br#"{"a":["x","\u0000"],"b\u0000":1,"c/d":"\u0000"}"#).unwrap();
        find_nul(&value, &mut String::new(), &mut |at| found.push(at.to_owned()));
        found.sort();
        assert_eq!(found, ["/a/1", "/b\0", "/c~1d"]);
    }
}
