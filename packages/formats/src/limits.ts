/** Longest record that the fast paths promise to read, bytes. DuckDB holds two of them per thread. */
export const fastRecordBytes = 16 * 1024 * 1024
/** Longest record, bytes; a longer one is refused (`record.too_long`). Between the two, the slow path may be needed. */
export const maximumRecordBytes = 32 * 1024 * 1024
