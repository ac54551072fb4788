import { importBuild } from '../tools/build.ts'
import { createTokenwellSubject } from './tokenwell-subject.ts'

/** Another build of tokenwell, such as the last release. */
export const subject = createTokenwellSubject((await importBuild('against')).index)
