/** Which tests judge a mutant of `shared/core`: those on virtual time, in this process. None starts another one, or a server. */
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/core/**/*.test.ts', 'test/refresh-ahead.test.ts', 'test/from-secret-manager.test.ts'],
    setupFiles: ['test/offline.ts'],
    // The code is slower with its mutants in it, and other work may run beside it for an hour.
    testTimeout: 120_000,
  },
})

export default config
