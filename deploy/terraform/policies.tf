# The least that mooringd works with, as "mooringctl doctor --policy" prints it.
data "aws_iam_policy_document" "daemon_policy" {
  statement {
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:Scan", "dynamodb:DescribeTable"]
    resources = [local.table_arn]
  }
  statement {
    actions   = ["dynamodb:Query"]
    resources = ["${local.table_arn}/index/owed"]
  }
  statement {
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = [local.zone_arn]
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsRecordTypes"
      values   = ["A", "AAAA"]
    }
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "route53:ChangeResourceRecordSetsActions"
      values   = ["UPSERT", "DELETE"]
    }
    condition {
      test     = "ForAllValues:StringLike"
      variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
      values   = [var.zone_name, "*.${var.zone_name}"]
    }
  }
  statement {
    actions   = ["route53:GetChange"]
    resources = ["arn:${data.aws_partition.current.partition}:route53:::change/*"]
  }
}

data "aws_iam_policy_document" "tool_policy" {
  statement {
    actions   = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:DescribeContinuousBackups"]
    resources = [local.table_arn]
  }
  statement {
    actions   = ["route53:ListResourceRecordSets", "route53:GetHostedZone", "route53:GetHostedZoneLimit"]
    resources = [local.zone_arn]
  }
}

# What the agent of deploy/cloudwatch-agent.json does, with this log group and no other.
data "aws_iam_policy_document" "log_policy" {
  statement {
    actions = [
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogStreams",
      "logs:PutLogEvents",
      "logs:PutRetentionPolicy",
    ]
    resources = [local.log_arn, "${local.log_arn}:*"]
  }
}

resource "aws_iam_policy" "daemon_policy" {
  name_prefix = "mooring-daemon-"
  description = "What mooringd does."
  policy      = data.aws_iam_policy_document.daemon_policy.json
}

resource "aws_iam_policy" "tool_policy" {
  name_prefix = "mooring-tool-"
  description = "What mooringctl does besides. Its user needs the policy of mooringd, too."
  policy      = data.aws_iam_policy_document.tool_policy.json
}

resource "aws_iam_policy" "log_policy" {
  name_prefix = "mooring-log-"
  description = "What the CloudWatch agent beside mooringd does."
  policy      = data.aws_iam_policy_document.log_policy.json
}

# EC2.
data "aws_iam_policy_document" "instance_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "instance_role" {
  name_prefix        = "mooring-instance-"
  assume_role_policy = data.aws_iam_policy_document.instance_role.json
}

resource "aws_iam_instance_profile" "instance_profile" {
  name_prefix = "mooring-"
  role        = aws_iam_role.instance_role.name
}

# ECS, Fargate, and the pods of EKS (Pod Identity).
data "aws_iam_policy_document" "task_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "task_role" {
  name_prefix        = "mooring-task-"
  assume_role_policy = data.aws_iam_policy_document.task_role.json
}

# With this one ECS itself fetches the image and writes the log; the daemon does not have it.
data "aws_iam_policy_document" "execution_role" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "execution_role" {
  name_prefix        = "mooring-execution-"
  assume_role_policy = data.aws_iam_policy_document.execution_role.json
}

# A machine elsewhere, by IAM Roles Anywhere.
data "aws_iam_policy_document" "anywhere_role" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    principals {
      type        = "Service"
      identifiers = ["rolesanywhere.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [var.trust_anchor_arn]
    }
  }
}

resource "aws_iam_role" "anywhere_role" {
  count              = var.trust_anchor_arn == "" ? 0 : 1
  name_prefix        = "mooring-anywhere-"
  assume_role_policy = data.aws_iam_policy_document.anywhere_role.json
}

# Which role has which policies: in the template they stand with the role.
resource "aws_iam_role_policy_attachment" "instance_role_daemon_policy" {
  role       = aws_iam_role.instance_role.name
  policy_arn = aws_iam_policy.daemon_policy.arn
}

resource "aws_iam_role_policy_attachment" "instance_role_log_policy" {
  role       = aws_iam_role.instance_role.name
  policy_arn = aws_iam_policy.log_policy.arn
}

resource "aws_iam_role_policy_attachment" "task_role_daemon_policy" {
  role       = aws_iam_role.task_role.name
  policy_arn = aws_iam_policy.daemon_policy.arn
}

resource "aws_iam_role_policy_attachment" "execution_role" {
  role       = aws_iam_role.execution_role.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy_attachment" "anywhere_role_daemon_policy" {
  count      = var.trust_anchor_arn == "" ? 0 : 1
  role       = aws_iam_role.anywhere_role[0].name
  policy_arn = aws_iam_policy.daemon_policy.arn
}

resource "aws_iam_role_policy_attachment" "anywhere_role_log_policy" {
  count      = var.trust_anchor_arn == "" ? 0 : 1
  role       = aws_iam_role.anywhere_role[0].name
  policy_arn = aws_iam_policy.log_policy.arn
}
