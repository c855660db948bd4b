resource "aws_cloudwatch_log_group" "log_group" {
  name              = var.log_group_name
  retention_in_days = var.log_retention
}

resource "aws_sns_topic" "alarms" {
  name_prefix = "mooring-alarms-"
}

resource "aws_sns_topic_subscription" "alarms_by_mail" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

# The sentences of the log that somebody should read. They stand in a line as they are, in text and in JSON.
locals {
  sentences = {
    StoreTrouble       = "the store is in trouble"
    PublishTrouble     = "cannot publish, will retry"
    ChangeRefused      = "the DNS backend refused a change"
    CredentialsOld     = "the AWS credentials could not be renewed"
    CertificateRefused = "the certificate in use stays"
    CertificateDue     = "the certificate was not renewed, and less than a third of its lifetime is left"
  }
  descriptions = {
    StoreTrouble       = "The table does not answer as it should; known routers are served from memory."
    PublishTrouble     = "Route 53 takes no changes; they wait."
    ChangeRefused      = "Route 53 refuses a record for good; the log says which and why."
    CredentialsOld     = "The keys could not be renewed, and end soon."
    CertificateRefused = "A new certificate cannot be used; the old one stays, until it expires."
    CertificateDue     = "Nothing renewed the certificate in two thirds of its lifetime."
  }
  # How many times 300 seconds; those that last are told when they are over, too.
  periods = {
    StoreTrouble       = 2
    PublishTrouble     = 2
    ChangeRefused      = 1
    CredentialsOld     = 1
    CertificateRefused = 1
    CertificateDue     = 1
  }
}

resource "aws_cloudwatch_log_metric_filter" "sentence" {
  for_each       = local.sentences
  name           = "mooring-${each.key}"
  log_group_name = aws_cloudwatch_log_group.log_group.name
  pattern        = "\"${each.value}\""
  metric_transformation {
    namespace     = "mooring/log"
    name          = each.key
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "sentence" {
  for_each            = local.sentences
  alarm_name          = "mooring-${each.key}"
  alarm_description   = local.descriptions[each.key]
  namespace           = "mooring/log"
  metric_name         = each.key
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = local.periods[each.key]
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = local.periods[each.key] > 1 ? [aws_sns_topic.alarms.arn] : []
}

# The daemon's own metrics; with another log-format than emf there are none, and these say nothing.
resource "aws_cloudwatch_metric_alarm" "told911_alarm" {
  alarm_name          = "mooring-Told911"
  alarm_description   = "Routers have been told 911 for a quarter of an hour."
  namespace           = "mooring"
  metric_name         = "updates_911"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "changes_wait_alarm" {
  alarm_name          = "mooring-ChangesWait"
  alarm_description   = "A change has been waiting for Route 53 for five minutes."
  namespace           = "mooring"
  metric_name         = "oldest_change_age"
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 300
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# A daemon that is dead, cut off or alone writes nothing; neither does an agent that died.
resource "aws_cloudwatch_metric_alarm" "quiet_alarm" {
  alarm_name        = "mooring-Quiet"
  alarm_description = "No router was answered: no daemon runs, or nobody reaches it, or its log does not come here."
  namespace         = "AWS/Logs"
  metric_name       = "IncomingLogEvents"
  dimensions = {
    LogGroupName = aws_cloudwatch_log_group.log_group.name
  }
  statistic           = "Sum"
  period              = var.quiet_seconds
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# The table is too small, or the index is.
resource "aws_cloudwatch_metric_alarm" "reads_throttled_alarm" {
  alarm_name        = "mooring-ReadsThrottled"
  alarm_description = "The table has too few read units; routers may be told 911."
  namespace         = "AWS/DynamoDB"
  metric_name       = "ReadThrottleEvents"
  dimensions = {
    TableName = local.table_name
  }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "writes_throttled_alarm" {
  alarm_name        = "mooring-WritesThrottled"
  alarm_description = "The table has too few write units; routers may be told 911."
  namespace         = "AWS/DynamoDB"
  metric_name       = "WriteThrottleEvents"
  dimensions = {
    TableName = local.table_name
  }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
