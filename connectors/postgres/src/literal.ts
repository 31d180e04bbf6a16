/** A string literal; `standard_conforming_strings` is on in every session. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
