//! `tenure show`: everything about an identity, credential, grant or any other row, by its id.
//!
//! Keys, sessions and identities have a dossier of one screen; anything else is told row by row.

use serde_json::{Map, Value, json};
use tenure_controls::session::Session;
use tenure_model::ids::Seq;

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{Format, WARN, styled};
use crate::projection;

use all::All;
use look::{Look, Row, literal};
use page::Dossier;

mod all;
mod coverage;
mod credential;
mod decisions;
mod identity;
mod life;
mod look;
mod page;
mod privileges;
mod rotation;
mod session_key;
mod sessions;
mod trust;
mod uses;
mod whose;

/// The dossier of a key, session or identity; the rows of anything else.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Its id, its native id, an access key id, or a login.
    id: String,
    /// Every row of every table about it, instead of one screen.
    #[arg(long)]
    all: bool,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    known_at: Option<u64>,
}

/// What an id names.
enum About {
    /// One thing that has a dossier.
    One(Box<Dossier>),
    /// Identities that share the name.
    Several(Value),
    /// Something else.
    Other,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    projection::ensure(&workspace)?;
    let session = Session::open(&workspace.timeline, args.known_at.map_or(Seq::LATEST, Seq))?;
    let look = Look::new(&session);
    let about = about(&look, &args.id)?;
    let json = cx.out.format == Format::Json;
    match &about {
        About::One(dossier) if !json && !args.all => {
            dossier.tell(cx)?;
            return Ok(Exit::Ok);
        }
        About::Several(ids) if !json && !args.all => {
            several(&args.id, ids, cx)?;
            return Ok(Exit::Ok);
        }
        _ => {}
    }
    let rows = All::of(&look, &args.id)?;
    if rows.is_empty() && matches!(about, About::Other) {
        return Err(hinted(
            format!("nothing is known as '{}'", args.id),
            "'tenure query \"SELECT login FROM identities\"' lists logins",
        ));
    }
    if json {
        cx.out.json(&document(&args.id, &about, &rows))?;
        return Ok(Exit::Ok);
    }
    rows.tell(cx)?;
    Ok(Exit::Ok)
}

fn about(look: &Look<'_>, id: &str) -> anyhow::Result<About> {
    if let Some(chain) = session_key::chain(look, id)? {
        return Ok(About::One(Box::new(session_key::dossier(look, &chain)?)));
    }
    let quoted = literal(id);
    let credential = |condition: String| {
        look.rows(&format!(
            "SELECT * FROM credentials WHERE {condition} ORDER BY valid_from_hi, credential_id, version_no"
        ))
    };
    let versions = credential(format!("credential_id = {quoted} OR public_id = {quoted}"))?;
    let used =
        || look.count(&format!("SELECT count(*) FROM usage WHERE credential_key = {quoted}"));
    if !versions.is_empty() || used()? > 0 {
        return Ok(About::One(Box::new(credential::dossier(look, id, &versions)?)));
    }
    let found = identity::find(look, id)?;
    match found.as_slice() {
        [one] => return Ok(About::One(Box::new(identity::dossier(look, one)?))),
        [] => {}
        several => return Ok(About::Several(identity::names(several))),
    }
    let versions: Vec<Row> = credential(format!("native_id = {quoted}"))?;
    Ok(match versions.is_empty() {
        true => About::Other,
        false => About::One(Box::new(credential::dossier(look, id, &versions)?)),
    })
}

fn document(id: &str, about: &About, rows: &All) -> Value {
    let mut body = Map::new();
    body.insert("schema".to_owned(), "tenure.dossier/v1".into());
    body.insert("id".to_owned(), id.into());
    match about {
        About::One(dossier) => {
            body.insert("kind".to_owned(), dossier.kind.into());
            body.insert("title".to_owned(), dossier.title.clone().into());
            body.insert("facts".to_owned(), dossier.facts());
        }
        About::Several(ids) => {
            body.insert("kind".to_owned(), "several".into());
            body.insert("facts".to_owned(), json!({"identities": ids}));
        }
        About::Other => {
            body.insert("kind".to_owned(), "other".into());
        }
    }
    body.insert("tables".to_owned(), rows.json());
    Value::Object(body)
}

fn several(id: &str, ids: &Value, cx: &mut Cx) -> anyhow::Result<()> {
    let ids = ids.as_array().into_iter().flatten().filter_map(Value::as_str);
    cx.out
        .line(styled(WARN, format!("several identities are called {id}; name one by its id:")))?;
    for id in ids {
        cx.out.line(format!("  tenure show {id}"))?;
    }
    Ok(())
}
