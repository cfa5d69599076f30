//! Raw line ⇄ template and typed parameters, for the lake. Pure; `rebuild(split(x)) == x` for any bytes.
