//! Some fields of JSON objects, read in place. A later duplicate of a key wins, as in most readers. A value that is no
//! text where text belongs counts as absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plain_json::PlainJson;
use super::quoted::{lossy, unquote};

/// Text, if there was any.
pub(super) type OptionalText<'a> = Option<Cow<'a, str>>;

/// Some fields of a JSON object, set one by one as they come.
pub(super) trait Fields<'a>: Default {
    /// Takes the value of `key` from the map, in any case.
    fn set<M: MapAccess<'a>>(&mut self, key: &str, map: &mut M, way: ReadMode) -> Result<(), M::Error>;

    /// The same from JSON as CloudTrail writes it; none where that reader gives up.
    fn set_plain(&mut self, key: &str, json: &mut PlainJson<'a>) -> Option<()>;
}

/// How to read text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadMode {
    /// Fails on half a surrogate pair, and on a number out of range where text belongs.
    Quick,
    /// Reads all that is JSON by its grammar, at twice the cost.
    Careful,
}

impl ReadMode {
    /// The next value, if it is text.
    pub(super) fn text<'a, M: MapAccess<'a>>(self, map: &mut M) -> Result<OptionalText<'a>, M::Error> {
        match self {
            Self::Quick => map.next_value::<MaybeText>().map(|value| value.0),
            Self::Careful => careful_text(map),
        }
    }

    /// The next value, if it is a whole number, or text that is one.
    #[expect(clippy::unused_self, reason = "all fields are read in one way, see `fields!`")]
    pub(super) fn count<'a, M: MapAccess<'a>>(self, map: &mut M) -> Result<Option<u32>, M::Error> {
        let raw = map.next_value::<&'a RawValue>()?.get();
        let text = if raw.starts_with('"') { unquote(raw).map_err(serde::de::Error::custom)? } else { raw.into() };
        Ok(text.parse().ok())
    }

    /// The JSON text of the next value.
    #[expect(clippy::unused_self, reason = "as above")]
    pub(super) fn raw<'a, M: MapAccess<'a>>(self, map: &mut M) -> Result<Option<&'a str>, M::Error> {
        Ok(Some(map.next_value::<&'a RawValue>()?.get()))
    }

    /// The fields of a JSON text; whatever is no object has none of them.
    pub(super) fn read<'a, T: Fields<'a>>(self, json: &'a str) -> Result<T, serde_json::Error> {
        if self == Self::Quick
            && let Some(fields) = PlainJson::read(json)
        {
            return Ok(fields);
        }
        self.read_any(json)
    }

    /// The same without the reader that is quick and gives up.
    pub(super) fn read_any<'a, T: Fields<'a>>(self, json: &'a str) -> Result<T, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(json);
        let fields = FieldsSeed(self, PhantomData).deserialize(&mut json)?;
        json.end()?;
        Ok(fields)
    }

    /// The next value, as part of a record.
    pub(super) fn part<'a, T: Fields<'a>, M: MapAccess<'a>>(
        self,
        map: &mut M,
    ) -> Result<ObjectOrText<'a, T>, M::Error> {
        if self == Self::Quick {
            return map.next_value_seed(ObjectOrTextSeed(PhantomData));
        }
        let raw = map.next_value::<&'a RawValue>()?.get();
        Ok(match raw.as_bytes() {
            b"null" => ObjectOrText::Absent,
            [b'"', ..] => ObjectOrText::Text(unquote(raw).map_err(serde::de::Error::custom)?),
            _ => ObjectOrText::Object(self.read(raw).map_err(serde::de::Error::custom)?),
        })
    }
}

/// A part of a record that is an object where CloudTrail writes it. What other programs write may have JSON text in its
/// place, which is read as if it were the object (DESIGN §8).
#[derive(Debug, Default)]
pub(super) enum ObjectOrText<'a, T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// The fields of an object; whatever is neither text nor object has none of them.
    Object(T),
}

impl<'s, T: Fields<'s>> ObjectOrText<'s, T> {
    /// Its fields, out of the text where it is text.
    pub(super) fn open(&'s self) -> OpenedObject<'s, T> {
        match self {
            Self::Object(object) => OpenedObject::Borrowed(object),
            Self::Absent => OpenedObject::Own(T::default()),
            Self::Text(json) => OpenedObject::Own(
                ReadMode::Quick.read(json).or_else(|_| ReadMode::Careful.read(json)).unwrap_or_default(),
            ),
        }
    }
}

impl<T> ObjectOrText<'_, T> {
    /// Whether there is none, or text that says so.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(text) => ["", "null"].contains(&text.trim()),
            Self::Object(_) => false,
        }
    }

    /// Whether there is none, or an empty text.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Absent) || self.text() == Some("")
    }

    /// The text, where it is text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Object(_) => None,
        }
    }
}

/// The fields of a part.
pub(super) enum OpenedObject<'s, T> {
    Borrowed(&'s T),
    Own(T),
}

impl<T> Deref for OpenedObject<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(object) => object,
            Self::Own(object) => object,
        }
    }
}

/// No field at all: whether a value is there, and whether it is text, is all that counts.
#[derive(Debug, Default)]
pub(super) struct NoFields;

impl<'a> Fields<'a> for NoFields {
    fn set<M: MapAccess<'a>>(&mut self, _: &str, map: &mut M, _: ReadMode) -> Result<(), M::Error> {
        map.next_value::<IgnoredAny>().map(drop)
    }

    fn set_plain(&mut self, _: &str, json: &mut PlainJson<'a>) -> Option<()> {
        json.pass()
    }
}

impl<'a> PlainJson<'a> {
    /// The fields of an object that is the whole text.
    pub(super) fn read<T: Fields<'a>>(text: &'a str) -> Option<T> {
        let (fields, length) = Self::read_front(text)?;
        (length == text.len()).then_some(fields)
    }

    /// The fields of an object that a text begins with, and how long the object is.
    pub(super) fn read_front<T: Fields<'a>>(text: &'a str) -> Option<(T, usize)> {
        let mut json = Self::new(text);
        let fields = json.object()?;
        Some((fields, json.place()))
    }

    /// The fields of an object out of what follows one of its members, up to the end of the text.
    pub(super) fn read_behind<T: Fields<'a>>(text: &'a str) -> Option<T> {
        let (mut json, mut fields) = (Self::inside(text), T::default());
        json.more_members(|json, key| fields.set_plain(key, json))?;
        (json.place() == text.len()).then_some(fields)
    }

    /// The fields of each object of a list that is the whole text.
    pub(super) fn read_list<T: Fields<'a>>(text: &'a str) -> Option<Vec<T>> {
        let (mut json, mut list) = (Self::new(text), Vec::new());
        json.elements(|json| {
            list.push(json.object()?);
            Some(())
        })?;
        (json.place() == text.len()).then_some(list)
    }

    /// The next value, as part of a record.
    pub(super) fn part<T: Fields<'a>>(&mut self) -> Option<ObjectOrText<'a, T>> {
        match self.peek()? {
            b'"' => self.unquoted().map(ObjectOrText::Text),
            b'{' => self.object().map(ObjectOrText::Object),
            b'n' => self.pass().map(|()| ObjectOrText::Absent),
            b'-' | b'0'..=b'9' => None,
            _ => self.pass().map(|()| ObjectOrText::Object(T::default())),
        }
    }

    /// The fields of the object that comes next.
    fn object<T: Fields<'a>>(&mut self) -> Option<T> {
        let mut fields = T::default();
        self.members(|json, key| fields.set_plain(key, json))?;
        Some(fields)
    }
}

struct ObjectOrTextSeed<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for ObjectOrTextSeed<T> {
    type Value = ObjectOrText<'de, T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectOrTextSeed<T> {
    type Value = ObjectOrText<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a record")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        FieldsVisitor(ReadMode::Quick, PhantomData).visit_map(map).map(ObjectOrText::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        FieldsVisitor(ReadMode::Quick, PhantomData).visit_seq(list).map(ObjectOrText::Object)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Object(T::default()))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Object(T::default()))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Object(T::default()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(ObjectOrText::Object(T::default()))
    }
}

/// Reads an object's fields; whatever is no object has none of them.
pub(super) struct FieldsSeed<T>(pub(super) ReadMode, pub(super) PhantomData<T>);

impl<'de, T: Fields<'de>> DeserializeSeed<'de> for FieldsSeed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(FieldsVisitor(self.0, PhantomData))
    }
}

/// A key, borrowed where it has no escapes.
struct FieldKey<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for FieldKey<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As text, half a surrogate pair in a key would cost the whole record.
        deserializer.deserialize_bytes(KeyVisitor).map(Self)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_bytes<E: serde::de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        // `serde_json` looks for control characters in text only.
        if bytes.iter().any(|byte| *byte < b' ') {
            return Err(E::custom("control character in a key"));
        }
        std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(E::custom)
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(lossy(bytes)))
    }
}

struct FieldsVisitor<T>(ReadMode, PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for FieldsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut fields = T::default();
        while let Some(FieldKey(key)) = map.next_key()? {
            fields.set(&key, &mut map, self.0)?;
        }
        Ok(fields)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<T, E> {
        Ok(T::default())
    }
}

struct MaybeText<'a>(OptionalText<'a>);

impl<'de> Deserialize<'de> for MaybeText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = OptionalText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<OptionalText<'de>, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<OptionalText<'de>, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<OptionalText<'de>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OptionalText<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<OptionalText<'de>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<OptionalText<'de>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<OptionalText<'de>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<OptionalText<'de>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<OptionalText<'de>, E> {
        Ok(None)
    }
}

/// The next value, if it is text, with U+FFFD for half a surrogate pair.
fn careful_text<'a, M: MapAccess<'a>>(map: &mut M) -> Result<OptionalText<'a>, M::Error> {
    let raw = map.next_value::<&'a RawValue>()?.get();
    if !raw.starts_with('"') {
        return Ok(None);
    }
    unquote(raw).map(Some).map_err(serde::de::Error::custom)
}

/// Declares what is read of JSON objects: of each the members by their keys, the names and types they get, and how each is
/// read. `text` is text that may be absent, `part` an object or text, `count` a number, `raw` the JSON text of the value. All other members are
/// passed over.
macro_rules! fields {
    ($($(#[$about:meta])* struct $object:ident<$life:lifetime> {
        $($(#[$of:meta])* $key:literal => $field:ident: $type:ty = $read:ident,)*
    })*) => {$(
        $(#[$about])*
        #[derive(Default)]
        pub(in crate::decode) struct $object<$life> {
            $($(#[$of])* pub(in crate::decode) $field: $type,)*
        }

        impl<$life> $crate::decode::fields::Fields<$life> for $object<$life> {
            fn set<M: serde::de::MapAccess<$life>>(
                &mut self,
                key: &str,
                map: &mut M,
                way: $crate::decode::fields::ReadMode,
            ) -> Result<(), M::Error> {
                match key {
                    $($key => self.$field = way.$read(map)?,)*
                    _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                }
                Ok(())
            }

            fn set_plain(&mut self, key: &str, json: &mut $crate::decode::plain_json::PlainJson<$life>) -> Option<()> {
                match key {
                    $($key => self.$field = json.$read()?,)*
                    _ => json.pass()?,
                }
                Some(())
            }
        }
    )*};
}

pub(super) use fields;
