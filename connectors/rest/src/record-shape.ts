/** How the records stand in an answer, and how the engine is to read them. */
export interface RecordShape {
  readonly format: 'json' | 'xml' | 'file'
  /** Format of the body when it is read as a file. */
  readonly fileFormat: string | undefined
  /** JSONPath or XPath of the records; null: the document, or its elements. */
  readonly path: string | null
  readonly additional: string | undefined
  /** Without a path, the records are looked for. */
  readonly guess: boolean
}
