/** Scripts that write committed files from other files, in the order in which they depend on each other. */
export interface Generator {
  readonly name: string
  /** Script and arguments, from the repository's root. */
  readonly command: readonly string[]
  /** Globs of everything that it writes. */
  readonly outputs: readonly string[]
}

export const generators: readonly Generator[] = [
  {
    name: 'connector registry',
    command: ['tools/generate-registry.ts'],
    outputs: ['apps/server/src/connectors.gen.ts', 'apps/server/package.json', 'connectors/*/*.spec.json'],
  },
  {
    name: 'OpenAPI document',
    command: ['packages/contract/scripts/generate-openapi.ts'],
    outputs: ['packages/contract/openapi.json'],
  },
  {
    name: 'JSON scanner',
    command: ['tools/compile-scanner.ts'],
    outputs: ['packages/formats/src/json/tokens.gen.ts'],
  },
  {
    name: 'connector types of the SDK',
    command: ['packages/sdk/scripts/generate-connector-types.ts'],
    outputs: ['packages/sdk/src/connector-types.gen.ts'],
  },
  {
    name: 'reference pages',
    command: ['tools/generate-docs.ts'],
    outputs: ['docs/reference/connectors/*.md', 'docs/reference/functions.md', 'docs/reference/errors.md'],
  },
  {
    name: 'table of conformance',
    command: ['tools/generate-conformance.ts'],
    outputs: ['docs/conformance.md'],
  },
]
