import { nearest } from '@leat/connector-kit'

/** ` Did you mean "x"?` or nothing. */
export function didYouMean(word: string, choices: Iterable<string>): string {
  const found = nearest(word, choices)
  return found === null ? '' : ` Did you mean "${found}"?`
}
