//! `github`, by the outside.
