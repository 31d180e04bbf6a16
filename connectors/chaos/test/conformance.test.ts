import { randomUUID } from 'node:crypto'
import { conformance } from '@leat/connector-kit/conformance'
import { dropMemorySpace, memorySpace, visibleRows } from '@leat/connector-memory'
import { chaos } from '../src/index.ts'

/* Without planned failures chaos keeps every law, so what a test sees comes from its failures. */
conformance(chaos, {
  peer: { kind: 'in process', name: 'memory, no failures' },
  setup: async () => {
    const name = randomUUID()
    const space = memorySpace(name)
    space.setPassword('correct-horse')
    return {
      credentials: { space: name, password: 'correct-horse' },
      badCredentials: [{ space: name, password: 'battery-staple' }],
      source: { options: { path: 'in' }, root: 'in', put: (key, body) => space.put(`in/${key}`, body) },
      sink: {
        options: { path: 'out', required_fields: ['id'] },
        rows: () => visibleRows(space, 'out'),
        badRow: { name: 'no id' },
      },
      [Symbol.asyncDispose]: async () => dropMemorySpace(name),
    }
  },
})
