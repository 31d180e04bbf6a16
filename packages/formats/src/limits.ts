/**
 * Longest JSON line of the fast path, bytes. DuckDB reads ahead in buffers of twice this size: small ones stay in the cache and start
 * parsing early.
 */
export const fastLineBytes = 4 * 1024 * 1024
/** Longest delimited record of the fast path, bytes. DuckDB holds two of them per thread. */
export const fastRecordBytes = 16 * 1024 * 1024
/** Longest record, bytes; a longer one is refused (`record.too_long`). Above the fast path's, the slow path reads it. */
export const maximumRecordBytes = 32 * 1024 * 1024
/** Deeper nesting is refused: it would overflow stacks here and in DuckDB. */
export const maximumDepth = 500
