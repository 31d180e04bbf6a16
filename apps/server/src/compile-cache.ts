import { fileURLToPath } from 'node:url'

/** Types are stripped and code is compiled once per version of a file: half of the second start's time. */
export const compileCacheFolder = fileURLToPath(new URL('../../../.cache/compile', import.meta.url))
