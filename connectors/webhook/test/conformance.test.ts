import { conformance } from '@leat/connector-kit/conformance'
import { nexlaRest } from '../src/nexla-rest.connector.ts'

// Records are pushed and lie in the inbox of the platform, which is tried where it is: kills, order and limits in the tests of the server.
conformance(nexlaRest, {
  peer: { kind: 'in process', name: 'without an inbox' },
  setup: async () => ({ credentials: {}, [Symbol.asyncDispose]: async () => undefined }),
  parts: ['connection'],
  skips: [
    {
      law: 16,
      reason: 'it holds nothing but the inbox, which only the platform can give it',
      replacement: 'apps/server/test/webhooks.test.ts',
    },
  ],
})
