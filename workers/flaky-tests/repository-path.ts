import { withoutCheckout } from './judge/identity.ts'

/** A path of a report as the repository has it: RSpec's begin with `./`, others in the folder of the checkout. */
export function repositoryPath(file: string, projectPath: string): string {
  const path = withoutCheckout(file)
  return path.startsWith(`${projectPath}/`) ? path.slice(projectPath.length + 1) : path
}
