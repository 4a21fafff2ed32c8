import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    setupFiles: ['test/offline.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})

export default config
