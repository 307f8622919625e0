import { defineConfig } from 'vitest/config'

const jsx = { oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } } }

/** One project per kind of evidence; `npm test` runs unit, runtime and e2e. */
export default defineConfig({
  ...jsx,
  test: {
    projects: [
      {
        ...jsx,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{surveys,db,server,client,trust}/**/*.test.{ts,tsx}'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...jsx,
        test: {
          name: 'runtime',
          include: ['test/runtime/**/*.test.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        ...jsx,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        ...jsx,
        test: {
          name: 'a11y',
          include: ['test/e2e/**/*.long.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        ...jsx,
        test: {
          name: 'pictures',
          include: ['test/pictures/**/*.long.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 120_000,
        },
      },
      {
        ...jsx,
        test: {
          name: 'trust',
          include: ['test/trust/**/*.long.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
