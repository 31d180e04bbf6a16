import { glob, readFile } from 'node:fs/promises'
import type { ConnectorSpecFile } from './connector-types.ts'

const repository = new URL('../../../', import.meta.url)

/** The committed specs of all connectors, without those that exist for tests. */
export async function connectorSpecs(): Promise<ConnectorSpecFile[]> {
  const specs: ConnectorSpecFile[] = []
  for await (const path of glob('connectors/*/*.spec.json', { cwd: repository })) {
    if (/^connectors\/(memory|chaos)\//.test(path.replaceAll('\\', '/'))) continue
    const content: unknown = JSON.parse(await readFile(new URL(path.replaceAll('\\', '/'), repository), 'utf8'))
    specs.push(...((Array.isArray(content) ? content : [content]) as ConnectorSpecFile[]))
  }
  return specs
}
