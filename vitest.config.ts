import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of these take minutes, whatever their size says: begun last, one of them alone would keep everybody waiting. */
const slow = ['/test/simulate/', '/test/races/', '/test/chaos/'];
const rank = ({ moduleId }: TestSpecification) => {
  const place = slow.findIndex((folder) => moduleId.includes(folder));
  return place === -1 ? slow.length : place;
};

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'apps/*/{src,test}/**/*.test.ts'],
    globalSetup: ['apps/server/test/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // What is waited for comes in milliseconds, but not on a machine that has other things to do.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
