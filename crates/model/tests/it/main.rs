//! Integration tests of `tenure-model`.

mod tables_doc;
