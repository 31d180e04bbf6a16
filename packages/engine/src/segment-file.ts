/**
 * How the engine writes segments. Snappy, because a segment is often published as it is and readers everywhere know it. Row groups of
 * 61,440 rows let two threads encode a typical segment at the same time and keep files within a few percent of the default.
 */
export const segmentCopyOptions = '(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 61440)'
