/** GitLab unites parallel jobs in one suite named without their index: `rspec 1/4` and `rspec 1:4` are `rspec`. */
export const suiteOfJob = (jobName: string): string => jobName.replace(/[ :]\d+[/: ]\d+$/, '').trimEnd() || jobName
