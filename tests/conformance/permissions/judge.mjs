// Holds a policy against an evaluator that we did not write: https://www.npmjs.com/package/@cloud-copilot/iam-simulate.
//
// Reads from standard input {"policy": document, "asked": [[action, resource], …]}, resources without wildcards, and
// writes for each pair "Allowed", "ImplicitlyDenied" or, where the resource is none of the action's, the error's name.
// PACKAGES is the node_modules folder that the evaluator lies in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const resolve = createRequire(process.env.PACKAGES + '/').resolve
const { runSimulation } = await import(pathToFileURL(resolve('@cloud-copilot/iam-simulate')))

// A key leaves its account to IAM by this policy, which the consoles and Terraform give to each.
const ofKeys = (account) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
})

const { policy, asked } = JSON.parse(readFileSync(0, 'utf8'))
const answers = []
for (const [action, resource] of asked) {
  const account = resource.split(':')[4]
  const answer = await runSimulation(
    {
      identityPolicies: [{ name: 'observed', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith('kms:') && resource.includes(':key/') ? { resourcePolicy: ofKeys(account) } : {}),
      request: {
        action,
        principal: 'arn:aws:iam::111122223333:role/terraform',
        resource: { accountId: /^\d{12}$/.test(account) ? account : '111122223333', resource },
        contextVariables: {},
      },
    },
    {},
  )
  if (answer.errors?.identityPolicyErrors) throw new Error(JSON.stringify(answer.errors.identityPolicyErrors))
  answers.push(answer.overallResult ?? answer.errors.message)
}
process.stdout.write(JSON.stringify(answers))
