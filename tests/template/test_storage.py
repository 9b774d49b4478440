"""What is stored is encrypted, private, recoverable, and outlives the stack; logs end."""

import pytest

from tests.template.stack import Stack, place, the_stack

TABLES = the_stack().of_type("AWS::DynamoDB::Table")
BUCKETS = the_stack().of_type("AWS::S3::Bucket")
FUNCTIONS = the_stack().of_type("AWS::Lambda::Function")
EXPIRING = ("EventsTable", "DirectoryTable")
PUBLIC_ACCESS = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


@pytest.mark.parametrize("name", [*TABLES, *BUCKETS])
def test_deleting_the_stack_deletes_no_data(stack: Stack, name: str) -> None:
    resource = stack.resources[name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_can_be_taken_back_to_any_second(table: str) -> None:
    recovery = TABLES[table]["PointInTimeRecoverySpecification"]

    assert recovery == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_costs_nothing_while_nobody_sends(table: str) -> None:
    assert TABLES[table]["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_encrypted_and_bills_no_second_write(table: str) -> None:
    assert TABLES[table]["SSESpecification"] == {"SSEEnabled": True}
    assert "GlobalSecondaryIndexes" not in TABLES[table]
    assert "LocalSecondaryIndexes" not in TABLES[table]


@pytest.mark.parametrize("table", EXPIRING)
def test_items_that_expire_lie_in_a_table_that_lets_them(table: str) -> None:
    expected = {"AttributeName": "ttl", "Enabled": True}

    assert TABLES[table]["TimeToLiveSpecification"] == expected


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_private_and_encrypted(bucket: str) -> None:
    access = BUCKETS[bucket]["PublicAccessBlockConfiguration"]
    rules = BUCKETS[bucket]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert all(access[name] is True for name in PUBLIC_ACCESS)
    assert rules[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_answers_over_tls_only(stack: Stack, bucket: str) -> None:
    denials = [
        statement
        for policy in stack.of_type("AWS::S3::BucketPolicy").values()
        if place(policy["Bucket"]) == bucket
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]

    (denial,) = denials
    assert (denial["Effect"], denial["Principal"], denial["Action"]) == ("Deny", "*", "s3:*")
    assert {place(resource) for resource in denial["Resource"]} == {bucket, f"{bucket}/*"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_an_upload_that_was_given_up_is_not_paid_for(bucket: str) -> None:
    rules = BUCKETS[bucket]["LifecycleConfiguration"]["Rules"]

    aborting = [rule for rule in rules if "AbortIncompleteMultipartUpload" in rule]

    assert [rule["Status"] for rule in aborting] == ["Enabled"]
    assert "Prefix" not in aborting[0]


def test_the_inbox_announces_what_arrives() -> None:
    configuration = BUCKETS["InboxBucket"]["NotificationConfiguration"]

    assert configuration == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_all_functions_log_to_one_group_whose_lines_end(stack: Stack) -> None:
    groups = {place(function["LoggingConfig"]["LogGroup"]) for function in FUNCTIONS.values()}

    assert groups == set(stack.of_type("AWS::Logs::LogGroup")) == {"Logs"}
    assert stack.of_type("AWS::Logs::LogGroup")["Logs"]["RetentionInDays"]
