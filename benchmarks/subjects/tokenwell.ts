// The build, as users get it: not the sources.
import { oauth2, TokenManager } from '../../dist/index.js'
import { createTokenwellSubject } from './tokenwell-subject.ts'

export const subject = createTokenwellSubject({ oauth2, TokenManager })
