//! A pipeline parameter: one that a configuration declares, or one that was given; and as a field of a form.

use std::collections::BTreeSet;

use config::Value;
use serde_json::Value as Json;
use store::{Store, pipeline::Pipeline};

use crate::compile;

/// A pipeline parameter: one that the configuration declares, or one that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it was given; `None`: its default holds.
    pub given: Option<Json>,
    /// What it is when nobody gives it anything; `None`: the configuration does not declare it.
    pub default: Option<Json>,
}

impl Parameter {
    /// The parameters of a pipeline: those that its configuration declares (of one with a setup workflow, that one's), and
    /// what else it was given.
    pub async fn load(store: &Store, pipeline: &Pipeline) -> store::Result<Vec<Self>> {
        let setup = store::pipeline::get_setup_source(store.read(), pipeline.id).await?;
        let source = match setup {
            Some(source) => Some(source),
            None => store::pipeline::get_config_source(store.read(), pipeline.id).await?,
        };
        let declared = source.map(|text| compile::declared_parameters(&text)).unwrap_or_default();
        let given = pipeline.parameters.as_object().cloned().unwrap_or_default();
        let mut names: BTreeSet<String> = declared.keys().cloned().collect();
        names.extend(given.keys().cloned());
        let all = names.into_iter().map(|name| Self {
            given: given.get(&name).cloned(),
            default: declared.get(&name).map(json),
            name,
        });
        Ok(all.collect())
    }

    /// The name of its field in a form: no other field is called so.
    pub fn field(&self) -> String {
        format!("parameter.{}", self.name)
    }

    /// Its value: what it was given, or its default.
    pub fn value(&self) -> &Json {
        self.given.as_ref().or(self.default.as_ref()).unwrap_or(&Json::Null)
    }

    /// Its value as text.
    pub fn text(&self) -> String {
        match self.value() {
            Json::String(text) => text.clone(),
            Json::Null => String::new(),
            value => value.to_string(),
        }
    }

    /// What it may be: `boolean`, `integer` or `string`.
    pub fn kind(&self) -> &'static str {
        match self.default.as_ref().unwrap_or_else(|| self.value()) {
            Json::Bool(_) => "boolean",
            Json::Number(_) => "integer",
            Json::Null | Json::String(_) | Json::Array(_) | Json::Object(_) => "string",
        }
    }

    /// What a form's text gives to it; `None`: it stays as the configuration has it.
    ///
    /// # Errors
    /// The text is no boolean, or no integer, and must be one.
    pub fn read(&self, text: &str) -> Result<Option<Json>, String> {
        let wrong = |what: &str| format!("the parameter `{}` is {what}, and `{text}` is none", self.name);
        let value = match self.kind() {
            "boolean" => Json::Bool(text.trim().parse().map_err(|_| wrong("a boolean, `true` or `false`"))?),
            "integer" => Json::from(text.trim().parse::<i64>().map_err(|_| wrong("an integer"))?),
            // Browsers end lines as the protocol does.
            _ => Json::String(text.replace("\r\n", "\n")),
        };
        let untouched = self.given.is_none() && self.default.as_ref() == Some(&value);
        Ok((!untouched).then_some(value))
    }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Undefined => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::String(value) => value.clone().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_gives_what_was_changed() {
        let of = |given: Option<Json>, default: Option<Json>| Parameter { name: "p".to_owned(), given, default };
        let flag = of(None, Some(json!(false)));
        assert_eq!(flag.read("false"), Ok(None), "the default holds, whatever it will be");
        assert_eq!(flag.read("true"), Ok(Some(json!(true))));
        assert!(flag.read("yes").is_err());
        let count = of(Some(json!(3)), Some(json!(1)));
        assert_eq!(count.read(" 1 "), Ok(Some(json!(1))), "what was given stays given");
        assert!(count.read("1.5").is_err());
        let text = of(Some(json!("a")), None);
        assert_eq!(text.read("b\r\nc"), Ok(Some(json!("b\nc"))));
    }
}
