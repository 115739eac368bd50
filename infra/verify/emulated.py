"""What the checks ask of an emulated AWS at AWS_ENDPOINT_URL.

usage: emulated.py without-codedeploy TEMPLATE   take out of a template what MiniStack does not have
       emulated.py output STACK NAME             print an output of a stack
       emulated.py invoke FUNCTION               call a function and print its answer
       emulated.py parameter NAME                print a SecureString
       emulated.py laptop                        make what `sam local` needs: tables, keys, sender
       emulated.py sender ADDRESS                make an address that may send
       emulated.py links PATH                    print the links to PATH in all mails that SES has taken
"""

import json
import os
import re
import sys
import urllib.request

import boto3


def without_codedeploy(path):
    from samcli.yamlhelper import yaml_dump, yaml_parse

    template = yaml_parse(open(path).read())
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        properties.pop("DeploymentPreference", None)
        for policy in properties.get("Policies", []):
            document = policy["PolicyDocument"]
            document["Statement"] = [s for s in document["Statement"] if "codedeploy" not in str(s["Action"])]
    with open(path, "w") as f:
        f.write(yaml_dump(template))


def output(stack, name):
    outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    print(next((o["OutputValue"] for o in outputs if o["OutputKey"] == name), ""))


def invoke(function):
    print(boto3.client("lambda").invoke(FunctionName=function, Payload=b"{}")["Payload"].read().decode())


def parameter(name):
    p = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    print(p["Type"], p["Value"])


def laptop(keys):
    key = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    types = [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")]
    for table in ("broadsheet", "broadsheet-journal"):
        boto3.client("dynamodb").create_table(TableName=table, KeySchema=key, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST")
    boto3.client("ssm").put_parameter(Name="/broadsheet/keys", Type="SecureString", Value=open(keys).read())
    sender("newsletter@broadsheet.example")


def sender(address):
    boto3.client("sesv2").create_email_identity(EmailIdentity=address)


def links(path):
    with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_ministack/ses/messages") as answer:
        accounts = json.load(answer)["messages"]
    for mail in (m for mails in accounts.values() for m in mails):
        print(*re.findall(re.escape(path) + r"\?t=[A-Za-z0-9_-]{58}", mail["BodyText"]), sep="\n")


COMMANDS = {"without-codedeploy": without_codedeploy, "output": output, "invoke": invoke, "parameter": parameter, "laptop": laptop, "links": links, "sender": sender}
COMMANDS[sys.argv[1]](*sys.argv[2:])
