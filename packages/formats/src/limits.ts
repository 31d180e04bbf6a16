/** Longest record, bytes; a longer one is refused (`record.too_long`). DuckDB holds two of them per thread. */
export const maximumRecordBytes = 16 * 1024 * 1024
