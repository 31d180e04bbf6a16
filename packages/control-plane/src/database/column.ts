import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

/** Identity column: a number on the wire and here (`int8` is read as a number while it is below 2^53, else as text). */
export type Id = GeneratedAlways<number>

/** `timestamptz`: read as ISO 8601 UTC text with milliseconds (`2026-11-23T06:27:16.123Z`), written as the same text or a Date. */
export type Time = ColumnType<string, string | Date, string | Date>
export type NullableTime = ColumnType<string | null, string | Date | null | undefined, string | Date | null>
/** `timestamptz not null default now()`. */
export type TimeByDefault = ColumnType<string, string | Date | undefined, string | Date>

/** JSON text made by `jsonb()`; a plain value is refused by the compiler, because `pg` would send an array as a PostgreSQL array. */
export type JsonText = string & { readonly jsonText: unique symbol }
/** `jsonb`: read as the parsed value, written with `jsonb(value)`. */
export type Jsonb<T> = ColumnType<T, JsonText, JsonText>
/** `jsonb not null default …`. */
export type JsonbByDefault<T> = ColumnType<T, JsonText | undefined, JsonText>
export type NullableJsonb<T> = ColumnType<T | null, JsonText | null | undefined, JsonText | null>

export type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>

export function jsonb(value: unknown): JsonText {
  return JSON.stringify(value) as JsonText
}

export type { Generated }
