output "table_name" {
  description = "store { table = ... }"
  value       = local.table_name
}

output "hosted_zone_id" {
  description = "hosted-zone-id of the zone"
  value       = local.zone_id
}

output "name_servers" {
  description = "For the NS records of the zone in its parent."
  value       = aws_route53_zone.zone[*].name_servers
}

output "daemon_policy_arn" {
  description = "For the role or user of mooringd."
  value       = aws_iam_policy.daemon_policy.arn
}

output "tool_policy_arn" {
  description = "For whoever runs mooringctl, beside that of mooringd."
  value       = aws_iam_policy.tool_policy.arn
}

output "instance_profile_name" {
  description = "For an instance of EC2."
  value       = aws_iam_instance_profile.instance_profile.name
}

output "task_role_arn" {
  description = "taskRoleArn of ecs-task.json, and of the pod identity association."
  value       = aws_iam_role.task_role.arn
}

output "execution_role_arn" {
  description = "executionRoleArn of ecs-task.json."
  value       = aws_iam_role.execution_role.arn
}

output "anywhere_role_arn" {
  description = "For the profile of Roles Anywhere."
  value       = aws_iam_role.anywhere_role[*].arn
}

output "alarm_topic_arn" {
  description = "Where the alarms go."
  value       = aws_sns_topic.alarms.arn
}
