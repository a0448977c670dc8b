//! Reading the packed form of a TOML file (`pack` describes it) into the types that the TOML itself is read into.
//!
//! A deserializer of serde over the text: strings are borrowed, nothing is parsed, and what a type or the reader leaves
//! out is stepped over by its length. It gives what `toml` gives for the same file, spans of tables included. Only what
//! the build made is read here, so an error has no place: whoever gets one reads the TOML, which says what is wrong.

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_spanned::de::{SpannedDeserializer, is_spanned};

/// Reads a packed file, leaving out entries with these keys wherever they are.
///
/// # Errors
/// Where the text is not packed, or not of this type.
pub(super) fn read<'t, T: Deserialize<'t>>(text: &'t str, leave: &[&str]) -> Result<T, Error> {
    T::deserialize(&mut Reader { text, at: 0, leave })
}

/// A place in a packed text.
struct Reader<'t, 'l> {
    text: &'t str,
    at: usize,
    leave: &'l [&'l str],
}

fn broken() -> Error {
    Error::custom("not a packed file")
}

impl<'t, 'l> Reader<'t, 'l> {
    fn peek(&self) -> Result<u8, Error> {
        let byte = self.text.as_bytes().get(self.at);
        byte.copied().ok_or_else(broken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, Error> {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x3f).checked_shl(shift);
            n |= bits.ok_or_else(broken)?;
            if byte & 0x40 == 0 {
                return Ok(n);
            }
            shift += 6;
        }
    }

    fn size(&mut self) -> Result<usize, Error> {
        usize::try_from(self.number()?).map_err(|_| broken())
    }

    fn string(&mut self) -> Result<&'t str, Error> {
        let bytes = self.size()?;
        let end = self.at.checked_add(bytes).ok_or_else(broken)?;
        let found = self.text.get(self.at..end).ok_or_else(broken)?;
        self.at = end;
        Ok(found)
    }

    /// Steps over a value.
    fn skip(&mut self) -> Result<(), Error> {
        let numbers = match self.byte()? {
            b'y' | b'n' => return Ok(()),
            b'i' | b'f' => return self.number().map(|_| ()),
            b's' => 0,
            b'a' => 1,
            b't' => 3,
            _ => return Err(broken()),
        };
        for _ in 0..numbers {
            self.number()?;
        }
        self.string().map(|_| ())
    }

    /// The byte range of the table that begins here.
    fn span(&self) -> Result<std::ops::Range<usize>, Error> {
        let mut ahead = Reader { ..*self };
        match ahead.byte()? {
            b't' => Ok(ahead.size()?..ahead.size()?),
            _ => Err(Error::custom("only tables have a place")),
        }
    }
}

impl<'t> Deserializer<'t> for &mut Reader<'t, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.byte()? {
            b's' => visitor.visit_borrowed_str(self.string()?),
            b'i' => {
                let n = self.number()?;
                visitor.visit_i64((n >> 1) as i64 ^ -((n & 1) as i64))
            }
            b'f' => visitor.visit_f64(f64::from_bits(self.number()?)),
            b'y' => visitor.visit_bool(true),
            b'n' => visitor.visit_bool(false),
            b'a' => {
                let left = self.size()?;
                self.size()?;
                visitor.visit_seq(Items { of: self, left })
            }
            b't' => {
                self.size()?;
                self.size()?;
                let left = self.size()?;
                self.size()?;
                visitor.visit_map(Items { of: self, left })
            }
            _ => Err(broken()),
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if is_spanned(name) {
            let span = self.span()?;
            return visitor.visit_map(SpannedDeserializer::new(self, span));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.peek()? {
            b's' => {
                self.byte()?;
                visitor.visit_enum(self.string()?.into_deserializer())
            }
            b't' => {
                self.byte()?;
                self.size()?;
                self.size()?;
                if self.size()? != 1 {
                    return Err(broken());
                }
                self.size()?;
                visitor.visit_enum(self)
            }
            _ => Err(broken()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

impl<'t> IntoDeserializer<'t, Error> for &mut Reader<'t, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A variant with a value: a table with one entry.
impl<'t> EnumAccess<'t> for &mut Reader<'t, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let variant = BorrowedStrDeserializer::new(self.string()?);
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'t> VariantAccess<'t> for &mut Reader<'t, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(broken())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'t>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
}

/// What is left of an array or a table.
struct Items<'r, 't, 'l> {
    of: &'r mut Reader<'t, 'l>,
    left: usize,
}

impl Items<'_, '_, '_> {
    fn another(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }
}

impl<'t> SeqAccess<'t> for Items<'_, 't, '_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.another() {
            true => seed.deserialize(&mut *self.of).map(Some),
            false => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'t> MapAccess<'t> for Items<'_, 't, '_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        while self.another() {
            let key = self.of.string()?;
            if self.of.leave.contains(&key) {
                self.of.skip()?;
                continue;
            }
            return seed
                .deserialize(BorrowedStrDeserializer::new(key))
                .map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.of)
    }
}
